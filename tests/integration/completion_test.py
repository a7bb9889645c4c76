#!/usr/bin/env python3
"""What bash, zsh and fish offer on a command line of certconnector while an agent runs: the real shells, with the
scripts as the package installs them."""

import os
import pty
import re
import select
import shutil
import sys
import time
import unittest
from pathlib import Path

from harness import SOURCE, HarnessError, Site, run, take_binaries, wait_until

BINARIES = take_binaries(sys.argv)
SCRIPTS = SOURCE / "packaging" / "completion"
CONFIGURATION = """[http]
listen=127.0.0.1:0
[scep.phones]
path=/scep/phones
challenge=one-time
template=device
[template.device]
[template.guarded]
approval=yes
[scep.tablets]
path=/scep/tablets
challenge=one-time
template=device
"""
BASH = """source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_certconnector certconnector "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Shell:
    """Asks one kind of shell for the candidates after some words; the last one is to be completed."""

    def __init__(self, environment, folder):
        self.environment = environment
        self.folder = folder

    def output(self, *command):
        return run(command, env=self.environment, cwd=self.folder)


class Bash(Shell):
    def candidates(self, *words):
        # As bash does, the words are cut at : and =.
        cut = [part for word in words for part in (re.findall(r"[:=]|[^:=]+", word) or [""])]
        answer = self.output("bash", "--norc", "-c", BASH, "bash", SCRIPTS / "certconnector.bash", "certconnector", *cut)
        # bash puts what it kept of the word before each candidate.
        kept = re.match(r"(.*[:=])?", words[-1]).group(0)
        return {kept + line for line in answer.splitlines() if line}


class Fish(Shell):
    def candidates(self, *words):
        line = " ".join(["certconnector", *words])
        script = f"source {SCRIPTS}/certconnector.fish; complete -C '{line}'"
        return {line.split("\t")[0] for line in self.output("fish", "--no-config", "-c", script).splitlines()}


class Zsh(Shell):
    """zsh completes in its line editor alone, so it gets a terminal. compadd, the builtin that takes the candidates,
    writes them down here."""

    SETUP = """PROMPT=; unsetopt zle_bracketed_paste
fpath=({scripts} $fpath); autoload -Uz compinit; compinit -u -D
compadd() {{
  local -a found
  builtin compadd -A found "$@"
  print -rl -- "${{(@)found/#/$IPREFIX}}" >> {out}
  builtin compadd "$@"
}}
after() {{ print -r -- done >> {out} }}
comppostfuncs=(after)
complete-it() {{ comppostfuncs=(after); zle complete-word; }}
zle -N complete-it; bindkey '^I' complete-it
print rea''dy
"""

    def candidates(self, *words):
        out = Path(self.folder) / "zsh.out"
        out.write_text("")
        setup = Path(self.folder) / "setup.zsh"
        setup.write_text(self.SETUP.format(scripts=SCRIPTS, out=out))
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.folder)
            os.execvpe("zsh", ["zsh", "-f", "-i"], self.environment)
        try:
            self.say(terminal, f"source {setup}\n", lambda said: "ready" in said)
            self.say(terminal, " ".join(["certconnector", *words]) + "\t", lambda _: "done" in out.read_text().split())
        finally:
            os.close(terminal)
            os.waitpid(process, 0)
        return set(out.read_text().splitlines()) - {"done", ""}

    @staticmethod
    def say(terminal, text, heard):
        os.write(terminal, text.encode())
        said = ""
        end = time.monotonic() + 30
        while not heard(said):
            if time.monotonic() > end:
                raise HarnessError("zsh said: " + said)
            if select.select([terminal], [], [], 0.05)[0]:
                said += os.read(terminal, 65536).decode(errors="replace")


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site(BINARIES, configuration=CONFIGURATION, ca_key="ec:256"))
        agent = cls.site.agent
        agent.cli("ca", "publish-crl", "default")
        # Their RA certificates are jobs too.
        wait_until(lambda: all(one["can_enroll"] for one in agent.json("scep", "list")["services"]), "the services")
        requests = cls.site.make_requests(cls.site.folder / "r", 2, ("P-256",))
        cls.site.queue_issue(requests)
        cls.site.wait_finished(2)
        cls.challenge = agent.json("challenge", "new", "--service", "phones")["id"]
        cls.jobs = {job["id"] for job in agent.json("jobs", "list")["jobs"]}
        cls.serials = {one["serial"] for one in agent.json("certs", "list")["certificates"]}
        cls.folder = cls.site.folder / "files"
        (cls.folder / "sub").mkdir(parents=True)
        (cls.folder / "a.pem").touch()
        environment = dict(os.environ, PATH=f"{Path(BINARIES)}:{os.environ['PATH']}", HOME=str(cls.site.folder),
                           CERTCONNECTOR_SOCKET=str(agent.socket), TERM="dumb")
        cls.shells = [kind(environment, cls.folder) for kind in (Bash, Fish, Zsh)]

    def offers(self, expected, *words):
        for shell in self.shells:
            with self.subTest(shell=type(shell).__name__, words=words):
                self.assertEqual(expected, shell.candidates(*words))

    def test_commands_and_options(self):
        self.offers({"list", "show", "explain", "retry", "cancel", "approve", "deny"}, "jobs", "")
        self.offers({"--watch"}, "status", "--w")
        self.offers({"rsa:2048", "rsa:3072", "rsa:4096", "rsa:8192"}, "ca", "create", "--key", "rsa:")

    def test_names_and_ids_of_the_agent(self):
        self.offers({"default"}, "ca", "test", "")
        self.offers({"phones", "tablets"}, "scep", "test", "")
        self.offers({"--service=phones"}, "challenge", "new", "--service=p")
        self.offers({"device", "guarded"}, "challenge", "new", "--template", "")
        self.offers({self.challenge}, "challenge", "revoke", "otp-")
        self.offers(self.jobs, "jobs", "explain", "")
        self.offers(self.serials, "certs", "show", "")

    def test_files_and_folders(self):
        self.offers({"a.pem"}, "ca", "import", "--certificate", "a")
        self.offers({"--certificate=a.pem"}, "ca", "import", "--certificate=a")
        for shell in self.shells:
            found = {one.rstrip("/") for one in shell.candidates("restore", "s")}
            self.assertEqual({"sub"}, found, type(shell).__name__)

    def test_the_scripts_are_those_that_the_program_prints(self):
        for shell, file in (("bash", "certconnector.bash"), ("zsh", "_certconnector"), ("fish", "certconnector.fish")):
            self.assertEqual((SCRIPTS / file).read_text(), self.site.agent.cli("completion", shell))


if __name__ == "__main__":
    missing = [shell for shell in ("bash", "zsh", "fish") if not shutil.which(shell)]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; packaging/install-dependencies.sh test installs them")
    unittest.main(verbosity=2)
