"""The commands that messages in the sources and the text of the pages suggest."""

import re
import subprocess

import machine

PROSE = ("of", "sent")  # "certconnector sent nothing"
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
PROGRAMS = ("certconnectord?|systemctl|journalctl|timedatectl|runuser|chmod|chown|chgrp|usermod|groupadd|getent|lslocks|"
            "ss|curl|install|date|mv|cat|rm")
SUGGESTED = re.compile(rf"(?<![\w/.-])(?:{PROGRAMS}) [a-z-][^`,;.)\n]*|(?<![\w/.-])mv $")
WINDOWS_AGENT = machine.SOURCE / "agent/main/windows/program.cpp"
VERBS = ("start", "stop", "restart", "reload", "status", "daemon-reload")


def known_commands():
    """The subcommands of certconnector, as its --help has them."""
    text = subprocess.run(["certconnector", "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  ((?:[a-z-]+ ){0,2}[a-z-]+)(?=  )", text, re.MULTILINE))


def agent_options():
    """The options of certconnectord, as its --help has them, with those that it has on Windows alone."""
    on_windows = re.findall(r'{"([a-z-]+)", "', WINDOWS_AGENT.read_text())
    return machine.daemon_help() + "".join(f" --{name}" for name in on_windows)


def of_pages(pages):
    """(where, command) of each command in backquotes on a page."""
    for page in pages:
        for command in re.findall(r"`((?:certconnectord?|systemctl|journalctl) [^`\n]*)`", page.read_text()):
            yield page.name, command


def sentences(text):
    """The strings of a source file, each over several lines as one, without the text of --help."""
    code = re.split(r"^std::vector<Command> \w+\(\) \{", text, flags=re.MULTILINE)[0]
    code = re.sub(r"^\s*//.*$", "", code, flags=re.MULTILINE)
    for literal in LITERAL.findall(re.sub(r'"\s*\n\s*"', "", code)):
        yield literal.replace("\\n", "\n").replace('\\"', '"')


def of_sources():
    """(where, sentence, command) of each command in a string of the sources; --help has examples, which are none."""
    for folder in ("agent", "common"):
        for source in sorted((machine.SOURCE / folder).rglob("*.cpp")):
            where = str(source.relative_to(machine.SOURCE))
            if where == "agent/main/run_agent.cpp":
                continue
            for sentence in sentences(source.read_text()):
                for command in SUGGESTED.findall(sentence):
                    yield where, sentence, command


def kind_of(command, known):
    """The program, with the subcommand of certconnector or the verb of systemctl. None: no command."""
    program, *words = command.split()
    names = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)]
    if command.strip() == "certconnector --help":
        return command.strip()
    if program == "certconnector":
        if not names or words[0] != names[0] or names[0] in PROSE:
            return None
        found = [" ".join(names[:count]) for count in (3, 2, 1) if " ".join(names[:count]) in known]
        return f"certconnector {found[0]}" if found else f"certconnector {' '.join(names[:2])}"
    if program == "certconnectord":
        option = re.search(r"--[a-z-]+", command)
        return f"certconnectord {option[0]}" if option else None
    if program in ("systemctl", "getent"):
        return f"{program} {words[0]}" if words[0] in (*VERBS, "hosts") else None
    # English has these words too.
    return program if not (program in ("ss", "date", "install") and not words[0].startswith("-")) else None


def why_unknown(command, known):
    command = command.split(" -- ")[-1]  # of runuser
    kind = kind_of(command, known)
    program, *words = command.split()
    if kind is None:
        return None
    if kind == "certconnector --help":
        return None
    if program == "certconnector":
        rest = kind.removeprefix("certconnector ")
        goes_on = command.endswith(" ") and any(one.startswith(rest) for one in known)
        return None if rest in known or goes_on else "no such command"
    if program == "certconnectord":
        return None if all(one in agent_options() for one in re.findall(r"--[a-z-]+", command)) else "no such option"
    units = [word for word in words if "certconnector" in word]
    # A literal that ends here goes on with the unit's name.
    return "of another unit" if program == "systemctl" and units and units[0] != "certconnectord" else None


def suggestions(known):
    """(where, sentence, command) of each that is a command."""
    return [(where, sentence, command) for where, sentence, command in of_sources() if kind_of(command, known)]


def unknown_commands(pages):
    """Suggestions that are no commands, in sentences."""
    known = known_commands()
    everywhere = (*of_pages(pages), *((where, command) for where, _, command in of_sources()))
    return [f"{where}: {command}: {why}" for where, command in everywhere if (why := why_unknown(command, known))]


# Suggestions that no trial brings about: (where, words of the sentence): why. Their commands are run from other sentences.
# A test that is named has the sentence; the others have none.
ELSEWHERE = {
    ("agent/app/agent_identity.cpp", "there is no endpoint yet"): "a guard: the agent does not connect before an enrollment",
    ("agent/app/denial_limits.cpp", "certconnector scep explain"):
        "tells what the command does not show",
    ("agent/store/sqlite/salvage_ledgers.cpp", "lost enrollment used"):
        "damage to the enrollments alone; tests/agent/store/sqlite/salvage_test.cpp",
    ("agent/doctor/certificate_stage.cpp", "or bring one"): "the other way to a CA; tests/integration/doctor_test.py",
    ("agent/doctor/certificate_stage.cpp", "Put the successor"):
        "a certificate of the configuration that expires; tests/agent/doctor/doctor_test.cpp has one of a CA",
    ("agent/doctor/certificate_stage.cpp", "ask it why not: certconnector identity show"):
        "a certificate that the agent did not renew; tests/agent/doctor/doctor_test.cpp has one of a CA",
    ("agent/doctor/certificate_stage.cpp", "ask it why not: certconnector scep list"):
        "a certificate that the agent did not renew; tests/agent/doctor/doctor_test.cpp has one of a CA",
    ("agent/doctor/certificate_stage.cpp", "Ask that: certconnector ca list"): "a CA of another party; its trials ask the agent",
    ("agent/app/reloader.cpp", "is not done yet"): "a reload that takes minutes",
    ("agent/app/restore_stage.cpp", "Run it again"):
        "a restore that is killed between two files; tests/agent/app/restore_backup_test.cpp",
    ("agent/app/status_service.cpp", "not enrolled: run"): "the status line for systemd; status says it as well, in a trial",
    ("agent/cloud/reference/net_error.cpp", "; see `certconnector identity show`"):
        "an endpoint that refuses the certificate in the handshake; tests/agent/cloud/reference/net_error_test.cpp",
    ("agent/platform/posix/words.cpp", "(`usermod -aG"):
        "a socket that others may open; tests/agent/control/local_server_test.cpp",
    ("agent/control/scep_commands.cpp", "See: certconnector jobs explain"):
        "a self-test whose revocation waits; tests/agent/control/scep_commands_test.cpp",
    ("agent/control/scep_commands.cpp", "Try again: certconnector certs revoke"):
        "a self-test whose revocation is refused; tests/agent/control/scep_commands_test.cpp",
    ("agent/jobs/device_remedies.cpp", "If the message names an algorithm"):
        "a SCEP message that cannot be read",
    ("agent/jobs/lifecycle/job_lifecycle.cpp", "Revoke it"): "a revocation whose id another job has, by chance",
    ("agent/jobs/operating_mode.cpp", "cannot write its database"):
        "a job that was queued before the lock; tests/agent/jobs/job_explanation_test.cpp",
    ("agent/upstream/endpoint_slot.cpp", "not enrolled"): "a line of the log when an agent goes on without an enrollment; status says it as well, in a trial",
    ("agent/upstream/identity_keeper.cpp", "no identity to renew"): "a guard: identity renew is refused before, in a trial",
    ("agent/upstream/identity.cpp", "in place of the files"):
        "[management] certificate_file; tests/agent/app/own_certificate_test.cpp",
}


def words_of(text):
    return " ".join(text.split())


def form_of(sentence, command):
    goes_on = sentence.endswith(command)
    return re.compile(r"(?:^|&& |-- |\| )" + re.escape(words_of(command)) + ("" if goes_on else r"(?=\W|$)"))


def is_run(sentence, command, ran):
    """Whether this command was run as it was printed, in a text that has the sentence."""
    form = form_of(sentence, command)
    return any(form.search(run) and words_of(sentence) in text for text, run in ran)


def is_run_elsewhere(sentence, command, ran):
    """Whether another sentence has this command, and it was run as that has it."""
    form = form_of(sentence, command)
    return any(form.search(run) for _, run in ran)


def not_run(ran):
    """Sentences on suggestions that nobody ran, and on exceptions that are none. `ran`: pairs of a text and a command of it
    that was run."""
    seen = [(words_of(text), words_of(run)) for text, run in ran]
    needed = set()
    wrong = []
    for where, sentence, command in suggestions(known_commands()):
        if is_run(sentence, command, seen):
            continue
        excepted = [one for one in ELSEWHERE if one[0] == where and one[1] in words_of(sentence)]
        needed.update(excepted)
        if not excepted:
            wrong.append(f"no trial runs a command of {where}: {words_of(command)}, in: {words_of(sentence)}")
        elif not is_run_elsewhere(sentence, command, seen):
            wrong.append(f"ELSEWHERE has {excepted[0]}, and no trial runs: {words_of(command)}")
    return wrong + [f"ELSEWHERE has what a trial runs, or nobody suggests: {one}" for one in ELSEWHERE if one not in needed]
