"""The commands that messages in the sources and the text of the pages suggest."""

import re
import subprocess

import machine

PROSE = ("of", "sent")  # "certconnector sent nothing"
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
PROGRAMS = ("certconnectord?|systemctl|journalctl|chmod|chown|chgrp|usermod|groupadd|getent|lslocks|ss|curl|install|date")
SUGGESTED = re.compile(rf"(?<![\w/.-])(?:{PROGRAMS}) [a-z-][^`,;.)]*")
VERBS = ("start", "stop", "restart", "reload", "status", "daemon-reload")


def known_commands():
    """The subcommands of certconnector, as its --help has them."""
    text = subprocess.run(["certconnector", "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  ((?:[a-z-]+ ){0,2}[a-z-]+)(?=  )", text, re.MULTILINE))


def of_pages(pages):
    """(where, command) of each command in backquotes on a page."""
    for page in pages:
        for command in re.findall(r"`((?:certconnectord?|systemctl|journalctl) [^`\n]*)`", page.read_text()):
            yield page.name, command


def of_sources():
    """The same of each string of the sources but --help, which has examples."""
    for source in sorted((machine.SOURCE / "agent").rglob("*.cpp")) + sorted((machine.SOURCE / "common").rglob("*.cpp")):
        where = str(source.relative_to(machine.SOURCE))
        if re.fullmatch(r"agent/cli/\w+_commands?\.cpp|agent/main/run_agent\.cpp", where):
            continue
        text = re.sub(r'"\s*\n\s*"', "", source.read_text()).replace("\\n", ";")  # one literal over several lines
        for literal in LITERAL.findall(text):
            for command in SUGGESTED.findall(literal.replace('\\"', "'")):
                yield where, command


def kind_of(command, known):
    """The program, with the subcommand of certconnector or the verb of systemctl. None: no command."""
    program, *words = command.split()
    names = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)]
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
    kind = kind_of(command, known)
    program, *words = command.split()
    if kind is None:
        return None
    if program == "certconnector":
        rest = kind.removeprefix("certconnector ")
        goes_on = command.endswith(" ") and any(one.startswith(rest) for one in known)
        return None if rest in known or goes_on else "no such command"
    if program == "certconnectord":
        return None if all(one in machine.daemon_help() for one in re.findall(r"--[a-z-]+", command)) else "no such option"
    units = [word for word in words if "certconnector" in word]
    # A literal that ends here goes on with the unit's name.
    return "of another unit" if program == "systemctl" and units and units[0] != "certconnectord" else None


def unknown_commands(pages):
    """Suggestions that are no commands, in sentences."""
    known = known_commands()
    return [f"{where}: {command}: {why}" for where, command in (*of_pages(pages), *of_sources())
            if (why := why_unknown(command, known))]


# Suggested where a trial would take too long; with the test that runs each.
ELSEWHERE = {
    "certconnector pause": "the contents of a file; documented_commands_test.py has no need of it",
    "certconnectord --compact": "a database with many free pages; tests/agent/store/sqlite/compaction_test.cpp",
    "certconnector restore": "damage that a command finds first; documented_commands_test.py runs it from backup.md",
    "certconnector certs show": "a job older than its retention; tests/agent/enrollment/enrollment_explanation_test.cpp",
    "certconnector certs revoke": "a test whose certificate stays; tests/integration/salvage_test.py",
}


def not_run(ran):
    """The kinds of commands that messages suggest, and of which none was run as it was printed."""
    known = known_commands()
    done = {kind_of(part.strip(), known) for command in ran for part in re.split(r"&&|\|| -- ", command) if part.strip()}
    open_ones = {}
    for where, command in of_sources():
        kind = kind_of(command, known)
        if kind and kind not in done and kind not in ELSEWHERE and not why_unknown(command, known) and not command.rstrip() == "certconnector jobs":
            open_ones.setdefault(kind, where)
    return open_ones
