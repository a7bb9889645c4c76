"""The rows of the installer's tables: {name: (columns, their types, number of keys, rows)}. A row is a list of texts and numbers; None is
null. Types, numbers and conditions are those of Microsoft's pages on the Windows Installer database."""

import hashlib
import struct

from configuration import PROPERTIES

SERVICE = "CertificateConnector"
AGENT = "File_certconnectord.exe"  # the component of the program, and its key in File
RULE = "Certificate Connector"  # of the firewall
# The policy module for NDES: its file, the feature that nobody gets who does not ask for it, and its settings.
MODULE, NDES, ON_REQUEST = "certconnector-ndes-policy.dll", "NdesPolicy", 100
MODULE_SETTINGS = r"SOFTWARE\Certificate Connector\NDES Policy"  # as agent/ndes_policy/windows/registry_settings.h names it
MODULE_PROPERTIES = (("NDESAGENT", "Agent"), ("NDESAGENTCAFILE", "AgentCaFile"), ("NDESCERTIFICATE", "Certificate"))
EVENTS = SERVICE  # their source, as agent/platform/windows/event_log.cpp names it

# Attributes of components.
BY_REGISTRY, PERMANENT, NEVER_OVERWRITE, OF_64_BITS = 4, 16, 128, 256
# Types of custom actions.
PROGRAM, PROPERTY = 34, 51
FAILURE_IS_NONE, AT_ROLLBACK, AT_COMMIT, DEFERRED, NO_IMPERSONATION, HIDDEN = 64, 256, 512, 1024, 2048, 8192
AS_SYSTEM = PROGRAM | DEFERRED | NO_IMPERSONATION | FAILURE_IS_NONE

FIRST = "NOT Installed AND NOT SERVICEEXISTS"
REMOVAL = 'REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE'
MODULE_COMES = f"&{NDES}=3"
MODULE_GOES = f"&{NDES}=2 AND NOT UPGRADINGPRODUCTCODE"
# An upgrade and a repair leave the rule as an administrator made it.
NEW_RULE = '(FIREWALL="1" AND NOT Installed AND NOT OLDERFOUND)'
STAYS = 'NOT (REMOVE="ALL")'
# Where administrators alone may write, so that nobody puts a link there for the system to follow.
BEFORE = r'"[ProgramFolder]before-upgrade"'


def service_sid(service=SERVICE):
    """Of NT SERVICE\\NAME: the SHA-1 of the name in capitals, as UTF-16."""
    digest = hashlib.sha1(service.upper().encode("utf-16-le")).digest()
    return "-".join(["S-1-5-80", *map(str, struct.unpack("<5I", digest))])


def folders():
    """The folders of the data, open to the system, administrators and the service. The service writes into those below the first."""
    reads, writes = ("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;%s;;;%s)" % (rights, service_sid()) for rights in ("FRFX", "FA"))
    names = {"DataFolder": reads, "StateFolder": writes, "RunFolder": writes, "LogFolder": writes, "BackupFolder": writes}
    return {
        "CreateFolder": ("Directory_ Component_", "s72 s72", 2, [[name, f"Data_{name}"] for name in names]),
        "MsiLockPermissionsEx": (
            "MsiLockPermissionsEx LockObject Table SDDLText Condition", "s72 s72 s32 s0 S255", 1,
            [[f"Lock_{name}", name, "CreateFolder", access, None] for name, access in names.items()]),
    }


def settings():
    return {
        "IniFile": (
            "IniFile FileName DirProperty Section Key Value Action Component_", "s72 l255 S72 l96 l128 l255 i2 s72", 1,
            [[f"Ini_{name}", "certconnectord.conf", "DataFolder", section, key, f"[{name}]", 0, f"Set_{name}"]
             for name, section, key in PROPERTIES]),
    }


def components(guid):
    """Those without a file."""
    rows = [[f"Data_{name}", guid(f"data/{name}"), name, OF_64_BITS | PERMANENT, None, None]
            for name in ("DataFolder", "StateFolder", "RunFolder", "LogFolder", "BackupFolder")]
    rows += [[f"Set_{name}", guid(f"set/{name}"), "DataFolder", OF_64_BITS | PERMANENT, name, None] for name, _, _ in PROPERTIES]
    return rows


def module_components(guid):
    """Of the module's settings. Those that no property gives stay as they are."""
    return [[f"Set_{name}", guid(f"set/{name}"), "ProgramFolder", OF_64_BITS | PERMANENT | BY_REGISTRY, name, f"Set_{name}"]
            for name, _ in MODULE_PROPERTIES]


# agent/platform/windows/service_registration.cpp has the same; windows_msi_test.py compares them.
def service():
    configurations = (("DelayedStart", 3, "1"), ("FailureFlag", 4, "1"), ("Sid", 5, "1"), ("Preshutdown", 7, "60000"))
    always = 1 | 4  # at installation and repair
    return {
        "ServiceInstall": (
            "ServiceInstall Name DisplayName ServiceType StartType ErrorControl LoadOrderGroup Dependencies StartName Password "
            "Arguments Component_ Description", "s72 s255 L255 i4 i4 i4 S255 S255 S255 S255 S255 s72 L255", 1,
            [[SERVICE, SERVICE, "Certificate Connector", 16, 2, 1 | 0x8000, None, None, "[SERVICEACCOUNT]", "[SERVICEPASSWORD]",
              "--service", AGENT, "Fetches certificate jobs from a management endpoint, runs them against the certificate "
              "authorities of this network, and answers devices by SCEP."]]),
        # Stopped at installation, repair and removal, and deleted at removal.
        "ServiceControl": (
            "ServiceControl Name Event Arguments Wait Component_", "s72 l255 i2 L255 I2 s72", 1,
            [[SERVICE, SERVICE, 0x2 | 0x20 | 0x80, None, 1, AGENT]]),
        "MsiServiceConfig": (
            "MsiServiceConfig Name Event ConfigType Argument Component_", "s72 s255 i4 i4 S0 s72", 1,
            [[key, SERVICE, always, kind, value, AGENT] for key, kind, value in configurations]),
        "MsiServiceConfigFailureActions": (
            "MsiServiceConfigFailureActions Name Event ResetPeriod RebootMessage Command Actions DelayActions Component_",
            "s72 s255 i4 I4 L255 L255 S0 S0 s72", 1,
            [["Recovery", SERVICE, always, 3600, None, None, "1[~]1[~]1", "5000[~]60000[~]600000", AGENT]]),
    }


def machine():
    source = rf"SYSTEM\CurrentControlSet\Services\EventLog\Application\{EVENTS}"
    return {
        "Registry": (
            "Registry Root Key Name Value Component_", "s72 i2 l255 L255 L0 s72", 1,
            [["EventMessages", 2, source, "EventMessageFile", f"#%[#{AGENT}]", AGENT],
             ["EventTypes", 2, source, "TypesSupported", "#7", AGENT],
             *([f"Set_{name}", 2, MODULE_SETTINGS, value, f"[{name}]", f"Set_{name}"] for name, value in MODULE_PROPERTIES)]),
        "Environment": (
            "Environment Name Value Component_", "s72 l255 L255 s72", 1,
            [["Path", "=-*PATH", "[~];[ProgramFolder]", AGENT]]),
    }


def searches(upgrade_code, version):
    return {
        "AppSearch": ("Property Signature_", "s72 s72", 2,
                      [["CONFIGURATIONFILE", "Configuration"], ["SERVICEEXISTS", "Service"]]),
        "Signature": (
            "Signature FileName MinVersion MaxVersion MinSize MaxSize MinDate MaxDate Languages",
            "s72 s255 S20 S20 I4 I4 I4 I4 S255", 1, [["Configuration", "certconnectord.conf", *[None] * 7]]),
        "DrLocator": ("Signature_ Parent Path Depth", "s72 S72 S255 I2", 3,
                      [["Configuration", None, r"[CommonAppDataFolder]Certificate Connector", 0]]),
        # 2 | 16: a raw value of the 64-bit registry.
        "RegLocator": ("Signature_ Root Key Name Type", "s72 i2 s255 S255 I2", 1,
                       [["Service", 2, rf"SYSTEM\CurrentControlSet\Services\{SERVICE}", "ObjectName", 2 | 16]]),
        # The same version as well, of another commit. 256 | 512: inclusive; 2: only looks.
        "Upgrade": (
            "UpgradeCode VersionMin VersionMax Language Attributes Remove ActionProperty", "s38 S20 S20 S255 i4 S255 s72", 5,
            [[upgrade_code, "0.0.0", version, None, 1 | 256 | 512, None, "OLDERFOUND"],
             [upgrade_code, version, None, None, 2, None, "NEWERFOUND"]]),
        "LaunchCondition": (
            "Condition Description", "s255 l255", 1,
            [["Installed OR NOT NEWERFOUND", "A newer version of Certificate Connector is installed. Remove it first; its data stays."],
             ["VersionNT64", "Certificate Connector wants 64-bit Windows."],
             ["Privileged", 'Install Certificate Connector as an administrator: in a console that was opened with "Run as '
              'administrator".']]),
    }


def properties():
    names = [name for name, _, _ in PROPERTIES]
    return {
        "ARPNOMODIFY": "1",
        "FIREWALL": "1",
        "MsiHiddenProperties": "SERVICEPASSWORD;TOKENFILE",
        # The newer one has all files, whatever stands there. The configuration is never written over.
        "REINSTALLMODE": "amus",
        "SecureCustomProperties": ";".join(
            [*names, *(name for name, _ in MODULE_PROPERTIES), "CONFIGURATIONFILE", "FIREWALL", "NEWERFOUND", "OLDERFOUND", "REMOVEDATA", "SERVICEACCOUNT", "SERVICEEXISTS",
             "SERVICEPASSWORD", "TOKENFILE"]),
    }


def actions():
    """(name, type, source, target). For tasks that no table does: programs of Windows and our own, run as the system."""
    rule = f'name="{RULE}"'
    delete = f'"[System64Folder]netsh.exe" advfirewall firewall delete rule {rule}'
    add = (f'"[System64Folder]netsh.exe" advfirewall firewall add rule {rule} dir=in action=allow protocol=TCP '
           f'program="[#{AGENT}]" enable=yes')
    # No && in these: cmd.exe of Wine 8 goes on whatever the program's exit code was.
    cmd = '"[System64Folder]cmd.exe" /d /c '
    start = f"net start {SERVICE}"
    # regsvr32 keeps the module that NDES had, and gives it back.
    register = f'"[System64Folder]regsvr32.exe" /s "[ProgramFolder]{MODULE}"'
    unregister = f'"[System64Folder]regsvr32.exe" /s /u "[ProgramFolder]{MODULE}"'
    return [
        ("GivenAccount", PROPERTY, "GIVENACCOUNT", "1"),
        ("DefaultAccount", PROPERTY, "SERVICEACCOUNT", rf"NT SERVICE\{SERVICE}"),
        ("RememberWhetherItRuns", AS_SYSTEM, "System64Folder", f"{cmd}sc query {SERVICE} > {BEFORE}"),
        ("RemoveFirewallRule", AS_SYSTEM, "System64Folder", delete),
        ("UndoFirewallRule", AS_SYSTEM | AT_ROLLBACK, "System64Folder", delete),
        ("AddFirewallRule", AS_SYSTEM, "System64Folder", add),
        ("UnregisterModule", AS_SYSTEM, "System64Folder", unregister),
        ("UndoRegisterModule", AS_SYSTEM | AT_ROLLBACK, "System64Folder", unregister),
        ("RegisterModule", AS_SYSTEM & ~FAILURE_IS_NONE, "System64Folder", register),
        ("RemoveData", AS_SYSTEM | AT_COMMIT, "System64Folder", f'{cmd}rd /s /q "[CommonAppDataFolder]Certificate Connector"'),
        ("Start", AS_SYSTEM, "System64Folder", cmd + start),
        ("StartAgain", AS_SYSTEM, "System64Folder",
         f'{cmd}find "RUNNING" {BEFORE} & (if not errorlevel 1 {start}) & del {BEFORE}'),
        ("Enroll", AS_SYSTEM | HIDDEN, "System64Folder",
         '"[#File_certconnector.exe]" enroll --token-file "[TOKENFILE]"'),
    ]


def execution():
    """(action, condition, sequence). The older version is removed last: what both have stays, the service and its account too."""
    return [
        ("FindRelatedProducts", None, 25), ("AppSearch", None, 50), ("LaunchConditions", None, 100),
        ("ValidateProductID", None, 700), ("GivenAccount", "SERVICEACCOUNT", 740), ("DefaultAccount", "NOT SERVICEACCOUNT", 750),
        ("CostInitialize", None, 800), ("FileCost", None, 900), ("CostFinalize", None, 1000), ("MigrateFeatureStates", None, 1200),
        ("InstallValidate", None, 1400), ("InstallInitialize", None, 1500), ("ProcessComponents", None, 1600),
        ("UnpublishFeatures", None, 1800), ("RememberWhetherItRuns", "OLDERFOUND OR REINSTALL", 1850), ("StopServices", None, 1900),
        ("DeleteServices", None, 2000), ("RemoveFirewallRule", f"{REMOVAL} OR {NEW_RULE}", 2100),
        ("UnregisterModule", MODULE_GOES, 2200), ("RemoveRegistryValues", None, 2600), ("RemoveEnvironmentStrings", None, 3300), ("RemoveFiles", None, 3500),
        ("RemoveFolders", None, 3600), ("RemoveData", f'{REMOVAL} AND REMOVEDATA="1"', 3650), ("CreateFolders", None, 3700),
        ("InstallFiles", None, 4000), ("WriteRegistryValues", None, 5000),
        ("WriteIniValues", "NOT Installed AND NOT CONFIGURATIONFILE", 5100),
        ("WriteEnvironmentStrings", None, 5200), ("UndoRegisterModule", f"{MODULE_COMES} AND NOT !{NDES}=3", 5300),
        ("RegisterModule", MODULE_COMES, 5310),
        # What an administrator set for the service's account stays.
        ("InstallServices", "NOT SERVICEEXISTS OR GIVENACCOUNT", 5800), ("MsiConfigureServices", STAYS, 5850),
        ("UndoFirewallRule", NEW_RULE, 5860), ("AddFirewallRule", NEW_RULE, 5870), ("Start", FIRST, 5900),
        ("StartAgain", "OLDERFOUND OR REINSTALL", 5910), ("Enroll", f"TOKENFILE AND {FIRST}", 5950), ("RegisterUser", None, 6000),
        ("RegisterProduct", None, 6100), ("PublishFeatures", None, 6300), ("PublishProduct", None, 6400), ("InstallExecute", None, 6500),
        ("RemoveExistingProducts", None, 6550), ("InstallFinalize", None, 6600),
    ]


def sequences():
    shape = ("Action Condition Sequence", "s72 S255 I2", 1)
    before = [row for row in execution() if row[2] <= 1000 and not row[0].endswith("Account")]
    return {
        "CustomAction": ("Action Type Source Target", "s72 i4 S72 S0", 1, [list(row) for row in actions()]),
        "InstallExecuteSequence": (*shape, [list(row) for row in execution()]),
        "InstallUISequence": (*shape, [list(row) for row in [*before, ("ExecuteAction", None, 1300)]]),
    }


def all_tables(upgrade_code, version):
    parts = (folders(), settings(), service(), machine(), searches(upgrade_code, version), sequences())
    return {name: table for part in parts for name, table in part.items()}
