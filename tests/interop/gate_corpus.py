"""The requests of the gate: valid, odd and hostile ones, each with its outcome."""

import dataclasses

from gate_requests import (
    BASIC_CONSTRAINTS, BMP, IA5, NUMERIC, PRINTABLE, SAN, SID, T61, UNIVERSAL, UTF8, VISIBLE, Keys, Value, directory, dns,
    email, extension, ip, name, pkcs10, upn, uri)
from scep_client import der, sequence

ISSUED = "issued"
SUBJECT, NAME, MALFORMED = "subject_not_allowed", "subject_alt_name_not_allowed", "malformed_request"
BOUNDS = "outside_ca_bounds"
IPV4, IPV6 = bytes([192, 0, 2, 1]), bytes.fromhex("20010db8" + "0" * 23 + "1")
DEVICE = name(Value("O", "Test"), Value("CN", "device"))


@dataclasses.dataclass
class Case:
    label: str
    request: bytes
    outcome: str = ISSUED  # or the code of the denial
    ca: str = "rsa"
    template: str = "all"
    expected: dict = None  # what the job names
    sid: str = None


class Corpus:
    def __init__(self):
        self.keys = Keys()
        self.cases = []

    def add(self, label, subject=DEVICE, names=(), outcome=ISSUED, *, key="p256", extensions=(), **more):
        wanted = ([extension(SAN, sequence(*names))] if names else []) + list(extensions)
        self.cases.append(Case(label, pkcs10(self.keys[key], subject, wanted), outcome, **more))

    def add_value(self, label, value, outcome=ISSUED):
        """A subject of this value and nothing else."""
        self.add(label, name(value), outcome=outcome)

    def add_names(self, kind, write, texts, outcome=ISSUED):
        for text in texts:
            shown = repr(text) if len(text) < 40 else f"{text[:20]!r}..., {len(text)} octets"
            self.add(f"{kind} {shown}", names=[write(text)], outcome=outcome)


# Of each attribute: a text that its string type holds, and the most characters that it may have.
ATTRIBUTES = {
    "CN": ("device", 64), "SN": ("Doe", None), "serialNumber": ("4711", 64), "C": ("DE", 2), "L": ("Bonn", 128),
    "ST": ("NRW", 128), "street": ("Weg 1", 128), "O": ("Test", 64), "OU": ("IT", 64), "title": ("Dr", 64),
    "description": ("a printer", 1024), "businessCategory": ("Private", 128), "postalCode": ("53111", 40),
    "name": ("J Doe", None), "GN": ("Jo", None), "initials": ("JD", None), "generationQualifier": ("3rd", None),
    "dnQualifier": ("q1", None), "pseudonym": ("nick", 128), "emailAddress": ("a@corp.example", 255),
    "unstructuredName": ("router.example", 255), "unstructuredAddress": ("192.0.2.1", 255), "DC": ("example", 63),
    "UID": ("jdoe", 256), "other": ("text", None)}
STRING_TYPES = {UTF8: "UTF8String", PRINTABLE: "PrintableString", T61: "T61String", IA5: "IA5String",
                VISIBLE: "VisibleString", UNIVERSAL: "UniversalString", BMP: "BMPString"}
LONG_NAME = ".".join(["a" * 63] * 3)


def add_keys_and_subjects(corpus):
    subjects = {
        "CN": name(Value("CN", "device-1")),
        "C, O, OU, CN": name(Value("C", "DE", PRINTABLE), Value("O", "Test"), Value("OU", "IT"), Value("CN", "device-2")),
        "CN first": name(Value("CN", "device-3"), Value("O", "Test"), Value("C", "DE", PRINTABLE)),
        "DCs": name(Value("DC", "example", IA5), Value("DC", "corp", IA5), Value("CN", "device-4")),
        "two in an RDN": name((Value("CN", "device-5"), Value("O", "Test"))),
        "two in an RDN, not sorted": name((Value("O", "Test"), Value("CN", "device-6"))),
        "umlauts": name(Value("CN", "Gerät-7"), Value("O", "Bücher GmbH")),
        "Japanese and beyond the BMP": name(Value("CN", "装置 \U0001f4bb"), Value("O", "株式会社")),
        "as long as can be": name(Value("O", "o" * 64), Value("OU", "ü" * 64), Value("CN", "c" * 64)),
        "blanks around": name(Value("CN", " device-8 ")),
        "empty": name(),
    }
    for key in ("rsa2048", "rsa3072", "p256", "p384", "p521"):
        for label, subject in subjects.items():
            for ca in ("rsa", "ec") if key == "p256" else ("rsa",):
                corpus.add(f"{key} at {ca}, subject {label}", subject, [dns("device.example")], key=key, ca=ca)


def add_string_types(corpus):
    for attribute, (text, _) in ATTRIBUTES.items():
        for tag, label in STRING_TYPES.items():
            corpus.add_value(f"{attribute} as {label}", Value(attribute, text, tag))
    for text in ("a_b", "u@example.com", "A0C1!9F", "*.example", "a&b", "#1", "a<b>;c"):
        corpus.add_value(f"CN as PrintableString with {text}", Value("CN", text, PRINTABLE))
        corpus.add_value(f"O as PrintableString with {text}", Value("O", text, PRINTABLE))
    corpus.add_value("CN as NumericString with letters", Value("CN", "device", NUMERIC))
    corpus.add_value("CN as T61String with Latin-1", Value("CN", "Gerät", T61))
    corpus.add_value("CN as BMPString with Japanese", Value("CN", "装置", BMP))
    corpus.add_value("CN as UniversalString beyond the BMP", Value("CN", "\U0001f4bb", UNIVERSAL))


def add_bounds(corpus):
    for attribute, (text, most) in ATTRIBUTES.items():
        corpus.add_value(f"{attribute} empty", Value(attribute, ""), SUBJECT)
        if most is not None and most > 2:
            full = (text * most)[:most]
            corpus.add_value(f"{attribute} of {most} characters", Value(attribute, full))
            corpus.add_value(f"{attribute} of {most + 1} characters", Value(attribute, full + "x"), SUBJECT)
    corpus.add_value("CN of 40000 characters", Value("CN", "c" * 40000), SUBJECT)
    for country in ("D", "DEU", "Germany", "ü1", "D_"):
        corpus.add_value(f"C {country}", Value("C", country), SUBJECT)
    corpus.add_value("serialNumber with _", Value("serialNumber", "a_b"), SUBJECT)
    corpus.add_value("dnQualifier with @", Value("dnQualifier", "a@b", PRINTABLE), SUBJECT)
    corpus.add_value("emailAddress with an umlaut", Value("emailAddress", "ü@example"), SUBJECT)
    corpus.add_value("DC with an umlaut", Value("DC", "bücher"), SUBJECT)
    corpus.add_value("CN of blanks", Value("CN", "  "), SUBJECT)
    corpus.add_value("CN with 31 combining marks", Value("CN", "a" + "\u0301" * 31), SUBJECT)
    corpus.add_value("name that grows beyond 4096 octets", Value("name", "\u00e9" * 3000, T61), SUBJECT)
    corpus.add("two CNs in an RDN", name((Value("CN", "a"), Value("CN", "b"))), outcome=SUBJECT)


def add_control_characters(corpus):
    for character in "\x01\t\n\r\x1b\x7f\x80\x85\x9b\u2028\u2029\u202a\u202e\u2066\u2069":
        corpus.add_value(f"CN with U+{ord(character):04X}", Value("CN", f"a{character}b"), SUBJECT)
    corpus.add_value("O as BMPString with a line feed", Value("O", "a\nb", BMP), SUBJECT)
    corpus.add_value("CN with NUL", Value("CN", "a\0b"), MALFORMED)
    corpus.add_value("CN that is no UTF-8", Value("CN", "", UTF8, b"a\xff"), MALFORMED)
    corpus.add_value("CN of a surrogate", Value("CN", "", UTF8, b"\xed\xa0\x80"), MALFORMED)
    corpus.add_value("CN as PrintableString in Latin-1", Value("CN", "", PRINTABLE, b"Ger\xe4t"), MALFORMED)
    corpus.add_value("CN as IA5String in UTF-8", Value("CN", "", IA5, "Gerät".encode()), MALFORMED)
    corpus.add_value("CN as half a BMPString", Value("CN", "", BMP, b"\0a\0"), MALFORMED)
    corpus.add_value("CN as OCTET STRING", Value("CN", "", 0x04, b"a"), MALFORMED)


def add_alternative_names(corpus):
    corpus.add_names("dns", dns, [
        "device.example", "a.b.c.example", "my_host.corp.example", "*.corp.example", "xn--bcher-kva.example", "printer",
        "1.example", "DEVICE.Example", "a" * 63 + ".example", LONG_NAME + "." + "b" * 61])
    corpus.add_names("dns", dns, [
        "a..b", ".a", "a.", "a" * 64 + ".example", LONG_NAME + "." + "b" * 62, "x" * 300, "x,DNS:y", "-a.example",
        "a-.example", "a.*.example", "a*.example", "*", "*.", "a/b", "https://a.example", "a:443", "u@a.example", "a%00b",
        "[::1]"], NAME)
    corpus.add_names("dns", dns, [b"b\xfccher.example", b"a b", b"a\0b", b"a\nb", b""], MALFORMED)
    corpus.add_names("email", email, ["alice@corp.example", "a.b+c@corp.example", "Alice@CORP.example", "\"a@b\"@corp.example"])
    corpus.add_names("email", email, [
        "alice", "@corp.example", "a@", "a..b@corp.example", ".a@corp.example", "<a@corp.example>", "a@b..c", "a@-b.example",
        "a" * 65 + "@corp.example", "a@[::1]", "a@" + LONG_NAME + "." + "b" * 61], NAME)
    corpus.add_names("uri", uri, [
        "https://a.example/x?y=1#z", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "spiffe://trust.example/workload",
        "IntuneDeviceId://0af1", "tag:example.com,2026:device:1", "ldap://h.example/CN=a,C=b", "https://[2001:db8::1]:8443/",
        "https://192.0.2.1/"])
    corpus.add_names("uri", uri, [
        "a/b", "/a", "//host/a", "urn:", "http:///x", "http://a..b/", "http://a/b c", "http://a/%zz", "http://a/<b>",
        "http://[::1", "http://a:b/", "1a:b", "http://a/#b#c", "urn:#x"], NAME)
    corpus.add_names("uri", uri, [b"", b"http://\xff/", b"http://a/\n"], MALFORMED)
    for tag, label in STRING_TYPES.items():
        corpus.add(f"upn as {label}", names=[upn("alice@corp.example", tag)])
    corpus.add("upn with an umlaut", names=[upn("jürgen@corp.example")])
    corpus.add_names("upn", upn, ["alice", "@corp", "alice@", "a\n@corp", "a\u202e@corp", "a@b c", "a" * 1025 + "@b"], NAME)
    corpus.add("upn that is no text", names=[upn(b"\xff@corp")], outcome=MALFORMED)
    for label, octets in (("IPv4", IPV4), ("IPv6", IPV6)):
        corpus.add(f"ip, {label}", names=[ip(octets)])
    for size in (0, 3, 5, 8, 15, 17, 32):
        corpus.add(f"ip of {size} octets", names=[ip(b"\1" * size)], outcome=MALFORMED)
    corpus.add("directory", names=[directory(Value("O", "Test"), Value("CN", "a"))])
    corpus.add("directory in wrong string types", names=[directory(Value("O", "Te_st", PRINTABLE), Value("CN", "a", T61))])
    corpus.add("directory, empty", names=[directory()], outcome=NAME)
    corpus.add("directory with C of three letters", names=[directory(Value("C", "DEU"))], outcome=NAME)
    corpus.add("all kinds", names=[dns("a.example"), email("a@corp.example"), uri("urn:a:b"), ip(IPV4), upn("a@corp.example"),
                                   directory(Value("CN", "a"))])
    corpus.add("a hundred names", names=[dns(f"a{i}.example") for i in range(100)])
    corpus.add("a hundred and one names", names=[dns(f"a{i}.example") for i in range(101)], outcome=MALFORMED)
    corpus.add("registeredID", names=[der(0x88, b"\x2a\x03")], outcome=NAME)
    corpus.add("a name of no kind", names=[der(0x89, b"a")], outcome=MALFORMED)


def add_named_uris(corpus):
    text = "device://serial no 4711"
    corpus.add("uri with blanks, not named", names=[uri(text)], outcome=NAME)
    corpus.add("uri with blanks, as the job names it", names=[uri(text)],
               expected={"subject_alt_names": [{"type": "uri", "value": text}]})
    corpus.add("another subject than the job names", outcome="subject_mismatch", expected={"subject": "CN=other"})
    sid = sequence(der(0xA0, der(0x06, bytes.fromhex("2b060104018237190201")), der(0xA0, der(0x04, b"S-1-5-21-1-2-3-4"))))
    corpus.add("SID that the job carries", extensions=[extension(SID, sid)], sid="S-1-5-21-1-2-3-4")
    corpus.add("SID that no job carries", extensions=[extension(SID, sid)], outcome="sid_not_allowed")
    corpus.add("SID in a URI", names=[uri("tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-4")], sid="S-1-5-21-1-2-3-4")


def add_unusable_requests(corpus):
    for key, code in (("rsa1024", "weak_key"), ("p224", "unsupported_algorithm"), ("ed25519", "unsupported_algorithm")):
        corpus.add(f"key {key}", outcome=code, key=key)
    good = pkcs10(corpus.keys["p256"], DEVICE)
    corpus.cases.append(Case("bent signature", good[:-1] + bytes([good[-1] ^ 1]), "bad_signature"))
    corpus.cases.append(Case("octets behind", good + b"\0", MALFORMED))
    corpus.cases.append(Case("cut off", good[:-10], MALFORMED))
    corpus.cases.append(Case("no request", b"\x30\x03\x02\x01\x00", MALFORMED))
    corpus.add("CA:TRUE", outcome="extension_not_allowed",
               extensions=[extension(BASIC_CONSTRAINTS, sequence(der(0x01, b"\xff")), True)])
    corpus.add("neither subject nor names", name(), outcome=SUBJECT)
    corpus.add("subject of an empty RDN", sequence(der(0x31)), outcome=MALFORMED)
    corpus.add("kind that the template does not allow", names=[email("a@corp.example")], outcome=NAME, template="server")
    corpus.add("address in the subject alone", name(Value("emailAddress", "a@corp.example", IA5)), template="server")
    corpus.add("template for servers", names=[dns("a.corp.example")], template="server")


def add_bounded_ca(corpus):
    """Its own certificate is for servers of corp.example and subjects below O=Test."""
    inside = {"ca": "bounded", "template": "server"}
    corpus.add("bounded CA, inside", names=[dns("a.corp.example")], **inside)
    corpus.add("bounded CA, subject alone", name(Value("O", "Test"), Value("CN", "a device")), **inside)
    corpus.add("bounded CA, one label as CN", outcome=BOUNDS, **inside)
    for host in ("*.example", "*.a.example", "w*.a.example", "a.example.", "\u00e4.example"):
        corpus.add(f"bounded CA, {host} as CN", name(Value("O", "Test"), Value("CN", host)), outcome=BOUNDS, **inside)
    corpus.add("bounded CA, another domain", names=[dns("a.example")], outcome=BOUNDS, **inside)
    corpus.add("bounded CA, another organization", name(Value("O", "Other"), Value("CN", "a")), outcome=BOUNDS, **inside)
    corpus.add("bounded CA, host as CN", name(Value("O", "Test"), Value("CN", "a.example")), outcome=BOUNDS, **inside)
    corpus.add("bounded CA, address in the subject", outcome=BOUNDS, subject=name(
        Value("O", "Test"), Value("emailAddress", "a@example", IA5)), **inside)
    corpus.add("bounded CA, other usages", outcome=BOUNDS, ca="bounded", template="device")


def make_corpus():
    corpus = Corpus()
    for add in (add_keys_and_subjects, add_string_types, add_bounds, add_control_characters, add_alternative_names,
                add_named_uris, add_unusable_requests, add_bounded_ca):
        add(corpus)
    return corpus
