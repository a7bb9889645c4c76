"""Jobs of the management endpoint that do not end well."""

import re

import machine
from harness import wait_until
from trials.cas import helper_of
from trials.devices import Devices
from trials.trial import Seen, trial

GROUP = "Jobs of the management endpoint"


def explained(site, job):
    """What `jobs explain` says of a job that has ended: why, and what comes next."""
    site.endpoint.verb("wait", "--finished", "1", "--timeout", "30s")
    wait_until(lambda: site.json(f"jobs explain {job}")["jobs"][0]["state"] == "reported", f"the report of {job}", 30)
    told = site.json(f"jobs explain {job}")["jobs"][0]
    return Seen(told["why"], told["next"])


def fails(site, words, request=None, **more):
    (job,) = site.issue_jobs(request=request, **more)
    seen = explained(site, job)
    assert words in seen.text, seen
    return Seen(seen.message.replace(job, "ID"), seen.remedy.replace(job, "ID"))


@trial(GROUP, "Jobs fail, one after the other", enrolled=True)
def jobs_fail(site):
    jobs = site.issue_jobs(4, template="nowhere")
    seen = site.finding("jobs_fail")
    found = seen.remedy.split("certconnector jobs explain ")[1].split()[0]
    assert found in jobs
    told = site.printed(seen, f"certconnector jobs explain {found}").stdout
    assert "template" in told, told
    listed = site.cli("jobs list --outcome failed --since 1h")
    assert all(job[:8] in listed for job in jobs), listed
    return Seen(seen.message, seen.remedy.replace(found, "ID"), seen.code)


@trial(GROUP, "A job names a template that the agent does not have", enrolled=True)
def template_is_unknown(site):
    return fails(site, "nowhere", template="nowhere")


@trial(GROUP, "A request asks for a kind of alternative name that its template does not allow", enrolled=True)
def name_is_not_allowed(site):
    site.configure("[template.device]\nsan_kinds = upn\n")
    site.cli("reload")
    return fails(site, "san_kinds", site.request("laptop", "-addext", "subjectAltName=DNS:laptop.example"))


@trial(GROUP, "A request has a weak key", enrolled=True)
def key_is_weak(site):
    file = site.folder / "weak.csr"
    site.shell(f"openssl req -new -newkey rsa:1024 -nodes -keyout /dev/null -subj /CN=weak -out {file}")
    return fails(site, "1024", file)


@trial(GROUP, "A request came too late", enrolled=True)
def deadline_has_passed(site):
    return fails(site, "deadline", deadline="2020-01-01T00:00:00Z")


def behind_helper(site, more=""):
    folder = helper_of(site)
    site.endpoint_at("endpoint.test")
    site.configure(f"[ca.default]\nbackend = exec\nhelper = {folder}/helper\n{more}").start()
    site.shell("certconnector enroll -", stdin=site.file("token", site.endpoint.token()))
    return folder


@trial(GROUP, "Jobs used up all attempts")
def jobs_are_dead(site):
    folder = behind_helper(site, "find = yes\n[queue]\nmax_attempts = 2\n")
    (folder / "off").touch()
    (job,) = site.issue_jobs()
    seen = site.finding("jobs_dead", "the HSM does not answer")
    wait_until(lambda: site.json(f"jobs explain {job}")["jobs"][0]["state"] == "reported", "the report", 30)
    (folder / "off").unlink()
    told = site.printed(seen, f"certconnector jobs explain {job}").stdout
    assert "the HSM does not answer" in told and "queue" in told, told
    return Seen(seen.message, seen.remedy.replace(job, "ID"), seen.code)


@trial(GROUP, "Jobs are held, since the CA's helper ended in the middle")
def jobs_are_held(site):
    folder = behind_helper(site, "in_doubt = hold\n")
    helper = folder / "helper"
    text = helper.read_text()
    helper.write_text("#!/bin/sh\n[ \"$CERTMONGER_OPERATION\" = SUBMIT ] && kill -9 $$\n" + text)
    (job,) = site.issue_jobs()
    seen = site.finding("jobs_held")
    told = site.printed(seen, f"certconnector jobs explain {job}").stdout
    assert f"certconnector jobs retry {job}" in told and f"jobs cancel {job}" in told, told
    (other,) = site.issue_jobs()
    wait_until(lambda: f"jobs cancel {other}" in site.cli(f"jobs explain {other}"), "the other job", 20)
    site.printed(site.cli(f"jobs explain {other}"), f"certconnector jobs cancel {other}")
    helper.write_text(text)
    site.printed(told, f"certconnector jobs retry {job}")
    site.endpoint.verb("wait", "--finished", "2", "--timeout", "30s")
    site.well("jobs_held")
    return Seen(seen.message, seen.remedy.replace(job, "ID"), seen.code)


@trial(GROUP, "Jobs wait for a CA whose section is gone")
def section_is_gone(site):
    folder = behind_helper(site)
    (folder / "off").touch()
    (job,) = site.issue_jobs()
    wait_until(lambda: job[:8] in site.cli("jobs list"), "the job", 20)
    with_section = site.configuration()
    site.configure("[ca.other]\n")
    assert "Wrong since then" in site.cli("reload")
    seen = site.finding("jobs_without_ca")
    told = site.printed(seen, f"certconnector jobs explain {job}").stdout
    site.printed(told, "certconnector ca list")
    (folder / "off").unlink()
    machine.CONFIGURATION.write_text(with_section)
    site.printed(told, "certconnector reload")
    site.endpoint.verb("wait", "--finished", "1", "--timeout", "30s")
    site.well("jobs_without_ca")
    return Seen(seen.message, seen.remedy.replace(job, "ID"), seen.code)


@trial(GROUP, "The CA behind a helper program has taken the request and not decided")
def ca_has_not_decided(site):
    folder = behind_helper(site)
    helper = folder / "helper"
    helper.write_text('#!/bin/sh\ncase $CERTMONGER_OPERATION in SUBMIT|POLL) echo ticket-7; exit 1;; esac\n' + helper.read_text())
    (job,) = site.issue_jobs()
    def told():
        return site.json(f"jobs explain {job}")["jobs"][0]
    wait_until(lambda: site.shell(f"certconnector jobs explain {job}", check=False).returncode == 0 and
               "has not decided" in told()["why"], "the job", 20)
    site.printed(told()["next"], "certconnector ca list")


@trial(GROUP, "A job waits for a person's approval", enrolled=True)
def approval_waits(site):
    site.configure("[template.device]\napproval = yes\n")
    site.cli("reload")
    (job,) = site.issue_jobs()
    wait_until(lambda: job in site.cli("jobs list --state waiting"), "the job", 20)
    told = site.json(f"jobs explain {job}")["jobs"][0]
    seen = Seen(told["why"], told["next"])
    site.printed(seen, f"certconnector jobs approve {job}")
    site.endpoint.verb("wait", "--finished", "1", "--timeout", "30s")
    return Seen(seen.message, seen.remedy.replace(job, "ID"))


@trial(GROUP, "A job has waited for a person's approval for more than an hour")
def approval_waits_long(site):
    site.set_clock(-2 * 3600)
    devices = Devices(site, template="approval = yes\n")
    assert devices.enroll(devices.password(), "T-1").status == "pending"
    site.set_clock(0)
    site.restart()
    seen = site.finding("approval_waits")
    told = site.printed(seen, re.search("certconnector jobs explain .*", seen.remedy)[0]).stdout
    site.printed(told, re.search("certconnector jobs deny [^`]*", told)[0])
    site.well("approval_waits")
    return Seen(seen.message, "see it: certconnector jobs explain ID", seen.code)


@trial(GROUP, "A person has paused the agent", enrolled=True)
def agent_is_paused(site):
    site.cli("drain")
    site.printed(site.cli("status"), "certconnector resume")
    site.cli("drain")
    site.printed(site.finding("draining"), "certconnector resume")
    site.cli("pause")
    site.printed(site.cli("status"), "certconnector resume")
    site.cli("pause")
    seen = site.finding("paused")
    site.printed((machine.STATE / "paused").read_text(), "certconnector pause")
    site.printed(seen, "certconnector resume")
    site.well("paused", "draining")
    return seen
