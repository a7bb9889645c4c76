#!/usr/bin/env python3
"""The MSI under Wine: installation, upgrade, repair and removal. --programs FOLDER has the two programs; --native FOLDER has
certconnector-endpoint of this system, for jobs. Wine's installer reads over some tables: Tables below looks into them."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from harness import SOURCE, WINESERVER, Endpoint, run, wait_until

sys.path.insert(0, str(SOURCE / "packaging/windows/msi"))
import build
import configuration
import tables

WINE = shutil.which("wine64") or "/usr/lib/wine/wine64"
SERVICE = r"HKLM\SYSTEM\CurrentControlSet\Services\CertificateConnector"
EVENTS = rf"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\{tables.EVENTS}"
ENVIRONMENT = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
UNINSTALL = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
REGISTRATION = SOURCE / "agent/platform/windows/service_registration.cpp"
GUIDE = SOURCE / "packaging/doc/guide/windows.md"
NDES_GUIDE = SOURCE / "packaging/doc/guide/ndes.md"
MODULE_SETTINGS = SOURCE / "agent/ndes_policy/windows/registry_settings.h"
NDES_MODULES = r"HKLM\SOFTWARE\Microsoft\Cryptography\MSCEP\Modules"
OURS = re.search(r'kPolicyModuleProgId = L"(.*)"', (SOURCE / "agent/ndes_policy/windows/ndes_policy_interface.h").read_text())[1]
EVENT_LOG = SOURCE / "agent/platform/windows/event_log.cpp"
INSTALLED = r"C:\Program Files\Certificate Connector"
VERSION = re.search(r"CC_VERSION ([0-9.]+)", (SOURCE / "common/cmake/version.cmake").read_text())[1]
RUNNING, STOPPED = 4, 1


def lacking():
    needed = {"wine64": Path(WINE).exists(), **{name: shutil.which(name) for name in ("wixl", "msibuild", "msiinfo", "mandoc")}}
    return [name for name, found in needed.items() if not found]


def take_folder(name, arguments):
    if name not in arguments:
        return None
    at = arguments.index(name)
    folder = Path(arguments[at + 1]).resolve()
    del arguments[at:at + 2]
    return folder


def make(out, *options, environment=None):
    subprocess.run([SOURCE / "packaging/windows/msi/build.py", "--programs", PROGRAMS, "--out", out, *options], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    return out


def exported(msi, table):
    """Its rows, each as {column: text}."""
    text = subprocess.run(["msiinfo", "export", msi, table], check=True, capture_output=True, text=True).stdout
    columns, _, _, *rows = [line.rstrip("\r").split("\t") for line in text.rstrip("\n").split("\n")]
    return [dict(zip(columns, row)) for row in rows]


def product(text):
    return math.prod(map(int, text.split("*")))


class Machine:
    """A Windows of Wine's own."""

    def __init__(self, folder):
        self.drive = folder / "wine/drive_c"
        self.environment = {**os.environ, "WINEPREFIX": str(folder / "wine"), "WINEDEBUG": "-all", "LC_ALL": "C.UTF-8",
                            "WINEDLLOVERRIDES": "mscoree,mshtml="}
        (folder / "wine").mkdir()
        self.run("wineboot", "-i")
        # Its services begin anew, with the finished registry.
        subprocess.run([WINESERVER, "-w"], env=self.environment, check=True, timeout=120)
        # Without a program that stays, Windows ends after each command, and starts its services with the next one.
        self.stays = subprocess.Popen([WINE, "cmd", "/c", "pause"], env=self.environment, stdin=subprocess.PIPE,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def close(self):
        self.stays.communicate(b"\n", timeout=60)
        subprocess.run([WINESERVER, "-k", "-w"], env=self.environment, check=False, timeout=60)

    def run(self, *words, entered=""):
        # Into a file: services keep a pipe open that they got.
        with tempfile.TemporaryFile("w+") as out:
            code = subprocess.run([WINE, *map(str, words)], env=self.environment, input=entered, text=True, stdout=out,
                                  stderr=subprocess.DEVNULL, timeout=120, check=False).returncode
            out.seek(0)
            return code, out.read()

    def value(self, key, name):
        found = re.search(r"REG_\w+\s+(.*)", self.run("reg", "query", key, "/v", name)[1])
        return found and found[1].strip()

    def state(self):
        found = re.search(r"STATE\s*: (\d+)", self.run("sc", "query", tables.SERVICE)[1])
        return found and int(found[1])


# Lines of the guide that cannot run here, and why.
LEFT_OUT = {
    "net localgroup certconnector /add": "Wine's net.exe knows no groups",
    "iisreset": "Wine has no IIS",
    'notepad "C:\\ProgramData\\Certificate Connector\\certconnectord.conf"': "it waits for a person",
}


class UnderWine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="certconnector-")))
        cls.msi = make(cls.folder / "new.msi", "--commit", "new")
        cls.old = make(cls.folder / "old.msi", "--commit", "old", "--version", "0.0.9")
        cls.machine = Machine(cls.folder)
        cls.addClassCleanup(cls.machine.close)
        cls.data = cls.machine.drive / "ProgramData/Certificate Connector"
        cls.programs = cls.machine.drive / "Program Files/Certificate Connector"

    def setUp(self):
        self.addCleanup(self.clean)

    def clean(self):
        for msi in (self.msi, self.old):
            self.msiexec("/x", msi, "REMOVEDATA=1")
        shutil.rmtree(self.data, ignore_errors=True)

    def msiexec(self, verb, msi, *properties):
        return self.machine.run("msiexec", "/qn", verb, f"Z:{msi}", *properties)[0]

    def install(self, msi, *properties):
        self.assertEqual(0, self.msiexec("/i", msi, *properties))

    def configuration_text(self):
        return (self.data / "certconnectord.conf").read_text()

    def wait_state(self, state):
        wait_until(lambda: self.machine.state() == state, f"the service's state {state}", 60)

    def cli(self, *words):
        return self.machine.run(rf"{INSTALLED}\certconnector.exe", *words)

    def versions(self):
        return re.findall(r"DisplayVersion\s+REG_SZ\s+(\S+)", self.machine.run("reg", "query", UNINSTALL, "/s")[1])

    def test_an_installation_has_all_that_it_names(self):
        self.install(self.msi, "LISTEN=0.0.0.0:18080", "PROXY=http://proxy.example.com:3128")
        for name in ("certconnectord.exe", "certconnector.exe", "LICENSE.txt", "schema/common.json", "doc/guide/ca.md",
                     "doc/certconnectord.conf.5.html"):
            self.assertTrue((self.programs / name).is_file(), name)
        for name in ("state", "run", "logs", "backups"):
            self.assertTrue((self.data / name).is_dir(), name)
        self.wait_state(RUNNING)
        self.assertEqual(rf"{INSTALLED}\certconnectord.exe --service", self.machine.value(SERVICE, "ImagePath").replace('"', ""))
        self.assertEqual(r"NT SERVICE\CertificateConnector", self.machine.value(SERVICE, "ObjectName"))
        self.assertEqual("0x2", self.machine.value(SERVICE, "Start"))
        self.assertEqual(rf"{INSTALLED}\certconnectord.exe", self.machine.value(EVENTS, "EventMessageFile"))
        self.assertTrue(self.machine.value(ENVIRONMENT, "PATH").endswith(rf";{INSTALLED}" + "\\"))
        self.assertEqual(0, self.machine.run("cmd", "/c", "certconnector", "version")[0], "PATH finds it")

    def test_properties_are_in_the_configuration(self):
        self.install(self.msi, "LISTEN=0.0.0.0:18080", "PROXY=http://proxy.example.com:3128")
        text = re.sub(r" *= *", "=", self.configuration_text())
        self.assertIn("\nlisten=0.0.0.0:18080\n", text.replace("\r", ""))
        self.assertIn("\nproxy=http://proxy.example.com:3128\n", text.replace("\r", ""))
        self.assertIn("\n# http://host:port", text)
        code, _ = self.machine.run(rf"{INSTALLED}\certconnectord.exe", "--check-config")
        self.assertEqual(0, code)

    def test_a_token_file_enrolls_and_stands_nowhere(self):
        token = self.folder / "the-token-file"
        token.write_text("cct1.not-a-token")
        log = self.folder / "install.log"
        self.install(self.msi, f"TOKENFILE=Z:{token}", "SERVICEACCOUNT=LocalSystem", "/l*v", f"Z:{log}")
        self.assertIn("Action start", log.read_text(errors="replace"))
        self.assertEqual("LocalSystem", self.machine.value(SERVICE, "ObjectName"))
        registry = self.machine.run("reg", "query", r"HKLM\SOFTWARE", "/s")[1]
        for text in (log.read_text(errors="replace"), registry, self.configuration_text()):
            self.assertFalse("cct1." in text)

    def test_an_upgrade_keeps_data_and_starts_what_ran(self):
        self.install(self.old, "LISTEN=0.0.0.0:18080")
        self.wait_state(RUNNING)
        before = self.configuration_text() + "# mine\n"
        (self.data / "certconnectord.conf").write_text(before)
        (self.data / "state/mine").write_text("mine")
        self.install(self.msi, "LISTEN=0.0.0.0:19999")
        self.assertEqual(before, self.configuration_text())
        self.assertEqual("mine", (self.data / "state/mine").read_text())
        self.wait_state(RUNNING)
        self.assertFalse((self.programs / "before-upgrade").exists())
        self.assertEqual(1, len(self.versions()))

    def test_an_older_version_is_refused(self):
        self.install(self.msi)
        self.assertNotEqual(0, self.msiexec("/i", self.old))
        self.assertEqual([VERSION], self.versions())

    def test_an_upgrade_starts_nothing_that_did_not_run(self):
        self.install(self.old)
        self.wait_state(RUNNING)
        self.machine.run("net", "stop", tables.SERVICE)
        self.wait_state(STOPPED)
        self.install(self.msi)
        self.assertEqual(STOPPED, self.machine.state())

    def test_jobs_are_done_before_and_after_each_step(self):
        if not NATIVE:
            self.skipTest("--native FOLDER names no certconnector-endpoint")
        endpoint = Endpoint(NATIVE, self.folder).start()
        self.addCleanup(endpoint.stop)
        token = self.folder / "token"
        token.write_text(endpoint.token())
        self.install(self.old, f"TOKENFILE=Z:{token}")
        self.wait_state(RUNNING)
        self.assertEqual(0, self.cli("identity", "show")[0], "TOKENFILE has enrolled it")
        self.assertEqual(0, self.cli("ca", "create", "default", "--root", "--subject", "CN=Test Issuing CA")[0])
        (authority,) = json.loads(self.cli("ca", "list", "--json")[1])["authorities"]
        requests = self.folder / "requests"
        requests.mkdir()
        run(["openssl", "req", "-new", "-nodes", "-newkey", "rsa:2048", "-keyout", "/dev/null", "-subj", "/CN=device",
             "-addext", "subjectAltName=DNS:device.example", "-out", requests / "device.csr"])
        steps = (lambda: None, lambda: self.install(self.msi), lambda: self.install(self.msi, "REINSTALL=ALL"),
                 lambda: (self.msiexec("/x", self.msi), self.install(self.msi)))
        for number, step in enumerate(steps, 1):
            step()
            endpoint.verb("queue-issue", "--ca", authority["sha256"], "--template", "device", "--requests",
                          requests, "--count", 3)
            endpoint.verb("wait", "--finished", 3 * number, "--timeout", "60s")
        self.assertEqual(12, endpoint.summary()["finished"]["issued"])

    # Wine's msiexec knows no /f with a product code; this is what it stands for.
    def test_a_repair_brings_files_back_and_leaves_the_configuration(self):
        self.install(self.msi)
        self.wait_state(RUNNING)
        (self.programs / "LICENSE.txt").unlink()
        (self.programs / "schema/common.json").write_text("damaged")
        (self.data / "certconnectord.conf").write_text("# mine\n")
        self.install(self.msi, "REINSTALL=ALL", "REINSTALLMODE=amus")
        self.assertTrue((self.programs / "LICENSE.txt").is_file())
        self.assertNotEqual("damaged", (self.programs / "schema/common.json").read_text())
        self.assertEqual("# mine\n", self.configuration_text())
        self.wait_state(RUNNING)

    def test_a_removal_keeps_the_data_unless_told(self):
        self.install(self.msi, "LISTEN=0.0.0.0:18080")
        self.wait_state(RUNNING)
        before = self.configuration_text()
        self.assertEqual(0, self.msiexec("/x", self.msi))
        # Wine leaves a program that has not ended yet; Windows removes it with the next start.
        left = {file.name for file in self.programs.rglob("*")} if self.programs.exists() else set()
        self.assertLessEqual(left, {"certconnectord.exe"})
        self.assertIsNone(self.machine.state())
        self.assertIsNone(self.machine.value(EVENTS, "EventMessageFile"))
        self.assertNotIn(INSTALLED, self.machine.value(ENVIRONMENT, "PATH"))
        self.assertEqual(before, self.configuration_text())
        self.assertTrue((self.data / "state/agent.db").is_file())
        self.install(self.msi)
        self.assertEqual(before, self.configuration_text())
        self.assertEqual(0, self.msiexec("/x", self.msi, "REMOVEDATA=1"))
        self.assertFalse(self.data.exists())

    def test_the_policy_module_comes_when_asked_and_gives_ndes_its_own_back(self):
        self.install(self.msi)
        self.assertFalse((self.programs / tables.MODULE).exists(), "nobody asked for it")
        self.assertEqual(0, self.msiexec("/x", self.msi))
        self.machine.run("reg", "add", NDES_MODULES, "/v", "Policy", "/d", "Former.Module", "/f")
        self.addCleanup(self.machine.run, "reg", "delete", NDES_MODULES, "/f")
        self.install(self.old)
        # An upgrade, from an MSI without the feature.
        self.install(self.msi, f"ADDLOCAL=Complete,{tables.NDES}", "NDESAGENT=https://localhost:8444", "NDESCERTIFICATE=subject:ndes")
        self.assertTrue((self.programs / tables.MODULE).is_file())
        self.assertEqual(OURS, self.machine.value(NDES_MODULES, "Policy"))
        settings = rf"HKLM\{tables.MODULE_SETTINGS}"
        self.assertEqual("https://localhost:8444", self.machine.value(settings, "Agent"))
        self.assertEqual("subject:ndes", self.machine.value(settings, "Certificate"))
        self.install(self.msi, "REINSTALL=ALL")
        self.assertEqual(OURS, self.machine.value(NDES_MODULES, "Policy"))
        self.assertEqual(0, self.msiexec("/x", self.msi))
        self.assertEqual("Former.Module", self.machine.value(NDES_MODULES, "Policy"))
        self.assertFalse((self.programs / tables.MODULE).exists())
        self.assertEqual("https://localhost:8444", self.machine.value(settings, "Agent"), "settings stay")

    def test_the_commands_for_the_policy_module_run_as_they_stand(self):
        work = self.machine.drive / "guide"
        work.mkdir(exist_ok=True)
        shutil.copy(self.msi, work / f"certconnector-{VERSION}-x64.msi")
        (block,) = re.findall(r"^```bat\n(.*?)^```$", NDES_GUIDE.read_text(), re.M | re.S)
        self.addCleanup(self.machine.run, "reg", "delete", NDES_MODULES, "/f")
        self.run_block(block)
        self.assertEqual(OURS, self.machine.value(NDES_MODULES, "Policy"))

    def test_a_removal_leaves_ndes_a_module_that_is_another_by_now(self):
        self.install(self.msi, f"ADDLOCAL=Complete,{tables.NDES}")
        self.addCleanup(self.machine.run, "reg", "delete", NDES_MODULES, "/f")
        self.machine.run("reg", "add", NDES_MODULES, "/v", "Policy", "/d", "Third.Module", "/f")
        self.assertEqual(0, self.msiexec("/x", self.msi))
        self.assertEqual("Third.Module", self.machine.value(NDES_MODULES, "Policy"))

    # In order, by cmd.exe.
    def test_the_commands_of_the_guide_run_as_they_stand(self):
        if not NATIVE:
            self.skipTest("--native FOLDER names no certconnector-endpoint")
        endpoint = Endpoint(NATIVE, self.folder).start()
        self.addCleanup(endpoint.stop)
        work = self.machine.drive / "guide"
        work.mkdir(exist_ok=True)
        shutil.copy(self.msi, work / f"certconnector-{VERSION}-x64.msi")
        installation, first_steps, without_msi = re.findall(r"^```bat\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
        self.run_block(installation)
        self.wait_state(RUNNING)
        self.run_block(first_steps, endpoint.token())
        self.assertEqual(0, self.msiexec("/x", self.msi))
        # What the page has the administrator copy.
        for name in ("certconnectord.exe", "certconnector.exe"):
            self.programs.mkdir(exist_ok=True)
            shutil.copy(PROGRAMS / name, self.programs / name)
        self.addCleanup(self.machine.run, rf"{INSTALLED}\certconnectord.exe", "--uninstall")
        self.run_block(without_msi)

    def run_block(self, text, entered=""):
        folder = r"C:\guide"
        for line in text.splitlines():
            if line in LEFT_OUT:
                print(f"  left out: {line}: {LEFT_OUT[line]}")
            elif line.startswith("cd "):
                folder = line[len("cd "):].strip('"')
            else:
                self.run_line(folder, line, entered)

    def run_line(self, folder, line, entered):
        # A service that starts needs a moment until it answers.
        tries = 20 if line == "certconnector status" else 1
        for _ in range(tries):
            (self.machine.drive / "guide/line.bat").write_text(f'@cd /d "{folder}"\n{line}\n@exit /b %errorlevel%\n')
            code, printed = self.machine.run("cmd", "/c", r"C:\guide\line.bat", entered=entered)
            if code == 0:
                return
        self.fail(f"{line}: it ended with {code}\n{printed}")


class Tables(unittest.TestCase):
    """What Wine's installer reads over."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="certconnector-")))
        cls.msi = make(cls.folder / "new.msi", "--commit", "new")

    def test_the_same_inputs_give_the_same_octets(self):
        again = make(self.folder / "again.msi", "--commit", "new", environment={"TZ": "Asia/Tokyo"})
        self.assertEqual(self.msi.read_bytes(), again.read_bytes())
        other = make(self.folder / "other.msi", "--commit", "other")
        codes = [{row["Property"]: row["Value"] for row in exported(msi, "Property")} for msi in (self.msi, other)]
        self.assertNotEqual(codes[0]["ProductCode"], codes[1]["ProductCode"])
        self.assertEqual(codes[0]["UpgradeCode"], codes[1]["UpgradeCode"])

    def test_it_is_small(self):
        self.assertLess(self.msi.stat().st_size, 15 << 20)

    def test_a_command_signs_the_programs_and_the_msi(self):
        signer = self.folder / "sign"
        signer.write_text(f'#!/bin/sh\n[ -s "$2" ] && echo "$1 $(basename "$2")" >> {self.folder}/signed\n')
        signer.chmod(0o755)
        make(self.folder / "signed.msi", "--sign", f"{signer} key")
        self.assertEqual([*(f"key {name}" for name in build.PROGRAMS), "key certconnector.msi"],
                         (self.folder / "signed").read_text().splitlines())

    @unittest.skipUnless(REGISTRATION.exists(), f"there is no {REGISTRATION.name} yet")
    def test_the_service_is_as_the_program_installs_it(self):
        source = REGISTRATION.read_text()
        (row,) = exported(self.msi, "MsiServiceConfigFailureActions")
        self.assertEqual("1[~]1[~]1", row["Actions"])
        delays = [product(text) for text in re.findall(r"\{SC_ACTION_RESTART, ([0-9 *]+)\}", source)]
        self.assertEqual("[~]".join(map(str, delays)), row["DelayActions"])
        self.assertIn(f"dwResetPeriod = {row['ResetPeriod']};", source)
        values = {row["ConfigType"]: row["Argument"] for row in exported(self.msi, "MsiServiceConfig")}
        shutdown = product(re.search(r"kShutdown = ([0-9 *]+);", source)[1])
        # Delayed start, recovery after a failure that is no crash, a separate identifier, the time to stop.
        self.assertEqual({"3": "1", "4": "1", "5": "1", "7": str(shutdown)}, values)
        (service,) = exported(self.msi, "ServiceInstall")
        self.assertIn(service["Description"].split(",")[0], source.replace('"\n', ""))

    @unittest.skipUnless(EVENT_LOG.exists(), f"there is no {EVENT_LOG.name} yet")
    def test_events_have_the_source_that_the_program_names(self):
        source = re.search(r'kSourceKey =\s+L"(.*)";', EVENT_LOG.read_text())[1].replace("\\\\", "\\")
        self.assertEqual({source, tables.MODULE_SETTINGS}, {row["Key"] for row in exported(self.msi, "Registry")})
        self.assertIn(f'kSettingsKey = L"{tables.MODULE_SETTINGS}"'.replace("\\", "\\\\"), MODULE_SETTINGS.read_text())

    def test_folders_are_for_the_system_administrators_and_the_service(self):
        self.assertEqual("S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", tables.service_sid("TrustedInstaller"))
        access = {row["LockObject"]: row["SDDLText"] for row in exported(self.msi, "MsiLockPermissionsEx")}
        entries = r"D:P\(A;OICI;FA;;;SY\)\(A;OICI;FA;;;BA\)\(A;OICI;(\w+);;;" + tables.service_sid() + r"\)"
        rights = {folder: re.fullmatch(entries, text)[1] for folder, text in access.items()}
        self.assertEqual({"DataFolder": "FRFX", "StateFolder": "FA", "RunFolder": "FA", "LogFolder": "FA", "BackupFolder": "FA"}, rights)

    def test_secrets_are_hidden(self):
        properties = {row["Property"]: row["Value"] for row in exported(self.msi, "Property")}
        self.assertEqual({"SERVICEPASSWORD", "TOKENFILE"}, set(properties["MsiHiddenProperties"].split(";")))
        secure = properties["SecureCustomProperties"].split(";")
        self.assertLessEqual({name for name, _, _ in configuration.PROPERTIES}, set(secure))
        for action in exported(self.msi, "CustomAction"):
            if "TOKENFILE" in action["Target"] or "PASSWORD" in action["Target"]:
                self.assertTrue(int(action["Type"]) & tables.HIDDEN, action)

    def test_custom_actions_are_programs_by_full_paths(self):
        for action in exported(self.msi, "CustomAction"):
            kind = int(action["Type"]) & 63
            self.assertIn(kind, (34, 51), action)
            if kind == 34:
                self.assertRegex(action["Target"], r'^"\[(System64Folder\](cmd|netsh|regsvr32)\.exe|#File_certconnector\.exe\])" ')

    def test_a_firewall_rule_is_for_the_program(self):
        target = {row["Action"]: row["Target"] for row in exported(self.msi, "CustomAction")}["AddFirewallRule"]
        self.assertIn('program="[#File_certconnectord.exe]"', target)
        self.assertIn("dir=in action=allow protocol=TCP", target)
        conditions = {row["Action"]: row["Condition"] for row in exported(self.msi, "InstallExecuteSequence")}
        self.assertEqual('(FIREWALL="1" AND NOT Installed AND NOT OLDERFOUND)', conditions["AddFirewallRule"])
        self.assertIn('REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE', conditions["RemoveFirewallRule"])

    def test_programs_write_as_the_system_only_where_administrators_alone_may(self):
        for action in exported(self.msi, "CustomAction"):
            for target in re.findall(r'> *"(\[\w+\])', action["Target"]):
                self.assertEqual("[ProgramFolder]", target, action)


class Configuration(unittest.TestCase):
    def test_paths_are_those_of_windows(self):
        text = configuration.for_windows((SOURCE / "packaging/certconnectord.conf").read_text())
        for path in ("/etc/", "/var/", " /run/", "journal", "0600"):
            self.assertNotIn(path, text)
        self.assertIn("\n#state_dir = C:/ProgramData/Certificate Connector/state\n", text)
        self.assertIn("\nlisten =\n", text)

    def test_a_text_that_is_gone_is_named(self):
        text = (SOURCE / "packaging/certconnectord.conf").read_text()
        with self.assertRaisesRegex(ValueError, "/run/certconnector/agent.sock"):
            configuration.for_windows(text.replace("agent.sock", "other.sock"))
        with self.assertRaisesRegex(ValueError, "tls_listen"):
            configuration.for_windows(text.replace("#tls_listen =", "#tls =" ))


if __name__ == "__main__":
    if lacking():
        print(f"skipped: packaging/install-dependencies.sh windows installs what is missing: {', '.join(lacking())}")
        sys.exit(0)
    PROGRAMS = take_folder("--programs", sys.argv)
    NATIVE = take_folder("--native", sys.argv)
    unittest.main()
