"""PKCS#10 requests written octet by octet, with names as no library would write them."""

import dataclasses

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from scep_client import der, oid, sequence, set_of

UTF8, NUMERIC, PRINTABLE, T61, IA5, VISIBLE, UNIVERSAL, BMP = 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1C, 0x1E
ENCODINGS = {UTF8: "utf-8", T61: "latin-1", UNIVERSAL: "utf-32-be", BMP: "utf-16-be"}
OIDS = {
    "CN": "2.5.4.3", "SN": "2.5.4.4", "serialNumber": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7", "ST": "2.5.4.8",
    "street": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "title": "2.5.4.12", "description": "2.5.4.13",
    "businessCategory": "2.5.4.15", "postalCode": "2.5.4.17", "name": "2.5.4.41", "GN": "2.5.4.42",
    "initials": "2.5.4.43", "generationQualifier": "2.5.4.44", "dnQualifier": "2.5.4.46", "pseudonym": "2.5.4.65",
    "emailAddress": "1.2.840.113549.1.9.1", "unstructuredName": "1.2.840.113549.1.9.2",
    "unstructuredAddress": "1.2.840.113549.1.9.8", "DC": "0.9.2342.19200300.100.1.25",
    "UID": "0.9.2342.19200300.100.1.1", "other": "1.3.6.1.4.1.99999.1"}
SAN, BASIC_CONSTRAINTS, SID = "2.5.29.17", "2.5.29.19", "1.3.6.1.4.1.311.25.2"


@dataclasses.dataclass(frozen=True)
class Value:
    """An attribute's value; octets: as they are, in place of the text."""

    attribute: str
    text: str
    tag: int = UTF8
    octets: bytes = None

    def der(self):
        octets = self.text.encode(ENCODINGS.get(self.tag, "ascii")) if self.octets is None else self.octets
        return sequence(oid(OIDS[self.attribute]), der(self.tag, octets))


def name(*relative_names):
    """A Name; each RDN is a Value or a tuple of them, in the order given."""
    rdns = [rdn if isinstance(rdn, tuple) else (rdn,) for rdn in relative_names]
    return sequence(*(der(0x31, *(value.der() for value in rdn)) for rdn in rdns))


def octets_of(text):
    return text if isinstance(text, bytes) else text.encode()


def dns(text):
    return der(0x82, octets_of(text))


def email(text):
    return der(0x81, octets_of(text))


def uri(text):
    return der(0x86, octets_of(text))


def ip(octets):
    return der(0x87, octets)


def upn(text, tag=UTF8):
    value = text if isinstance(text, bytes) else text.encode(ENCODINGS.get(tag, "ascii"))
    return der(0xA0, oid("1.3.6.1.4.1.311.20.2.3"), der(0xA0, der(tag, value)))


def directory(*relative_names):
    return der(0xA4, name(*relative_names))


def extension(identifier, value, critical=False):
    return sequence(oid(identifier), *([der(0x01, b"\xff")] if critical else []), der(0x04, value))


class Keys:
    """Keys by their names, made once."""

    MAKERS = {
        "rsa2048": lambda: rsa.generate_private_key(65537, 2048), "rsa3072": lambda: rsa.generate_private_key(65537, 3072),
        "rsa1024": lambda: rsa.generate_private_key(65537, 1024), "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "p384": lambda: ec.generate_private_key(ec.SECP384R1()), "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
        "p224": lambda: ec.generate_private_key(ec.SECP224R1()), "ed25519": ed25519.Ed25519PrivateKey.generate}

    def __init__(self):
        self.made = {}

    def __getitem__(self, kind):
        if kind not in self.made:
            self.made[kind] = self.MAKERS[kind]()
        return self.made[kind]


def sign(key, data):
    """(AlgorithmIdentifier, signature)"""
    if isinstance(key, rsa.RSAPrivateKey):
        return (sequence(oid("1.2.840.113549.1.1.11"), der(0x05)), key.sign(data, padding.PKCS1v15(), hashes.SHA256()))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return sequence(oid("1.3.101.112")), key.sign(data)
    return sequence(oid("1.2.840.10045.4.3.2")), key.sign(data, ec.ECDSA(hashes.SHA256()))


def pkcs10(key, subject, extensions=(), challenge=None):
    attributes = []
    if extensions:
        attributes.append(sequence(oid("1.2.840.113549.1.9.14"), set_of(sequence(*extensions))))
    if challenge is not None:
        attributes.append(sequence(oid("1.2.840.113549.1.9.7"), set_of(der(UTF8, challenge.encode()))))
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    info = sequence(der(0x02, b"\0"), subject, public, der(0xA0, *sorted(attributes)))
    algorithm, signature = sign(key, info)
    return sequence(info, algorithm, der(0x03, b"\0" + signature))
