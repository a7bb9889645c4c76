"""The default configuration for Windows, made from packaging/certconnectord.conf: Windows' paths, and an empty key for what the
installer may set. The installer writes into keys that are there, so that each stays below its comment."""

DATA = "C:/ProgramData/Certificate Connector"

# Each must be in the file, the longer text first.
TEXTS = (
    ("man certconnectord.conf(5) explains each key.", "certconnectord.conf.5.html, among the documents, explains each key."),
    ("that only the agent's user may read (0600)", "that only administrators and the service may read"),
    ("/run/certconnector/agent.sock", "//./pipe/certificate-connector"),
    ("/run/certconnector", f"{DATA}/run"),
    ("/var/lib/certconnector", f"{DATA}/state"),
    ("/etc/certconnector", DATA),
    ("standard error, which is the journal. The agent", f"for the service {DATA}/logs/certconnectord.log. The agent"),
)

# (property of the installer, section, key)
PROPERTIES = (
    ("ENDPOINT", "management", "url"),
    ("ENDPOINTCAFILE", "management", "ca_file"),
    ("PKCS12FILE", "management", "pkcs12_file"),
    ("PASSPHRASEFILE", "management", "passphrase_file"),
    ("PROXY", "management", "proxy"),
    ("LISTEN", "http", "listen"),
    ("TLSLISTEN", "http", "tls_listen"),
    ("TLSCERTIFICATEFILE", "http", "certificate_file"),
    ("TLSKEYFILE", "http", "key_file"),
)


def for_windows(text):
    """The text for Windows. Raises ValueError where the file has not what this module expects in it."""
    for old, new in TEXTS:
        if old not in text:
            raise ValueError(f"certconnectord.conf has no longer: {old}")
        text = text.replace(old, new)
    return "\n".join(_with_keys(text.split("\n")))


def _with_keys(lines):
    wanted = {(section, key) for _, section, key in PROPERTIES}
    section = ""
    for line in lines:
        if line.startswith(("[", "#[")):
            section = line
        found = (section.strip("[]"), line[1:].partition(" =")[0])
        if line == f"#{found[1]} =" and found in wanted:
            wanted.remove(found)
            line = line[1:]
        yield line
    if wanted:
        raise ValueError(f"certconnectord.conf has no longer: {sorted(wanted)}")
