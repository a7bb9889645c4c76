"""A device that speaks SCEP (RFC 8894) by openssl, with its key in a file. The keys of scep_devices end with it. Only
the part that the tests need: PKCSReq, RenewalReq and CertPoll by RSA, SHA-256 and AES-128. A key that is not RSA has a throw-away
RSA key beside it, which signs the messages and opens the answers."""

import dataclasses
import os
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

from harness import HarnessError, run

DATA, SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
SHA256, RSA = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.1"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SCEP = "2.16.840.1.113733.1.9."
MESSAGE_TYPE, STATUS, SENDER_NONCE, TRANSACTION = SCEP + "2", SCEP + "3", SCEP + "5", SCEP + "7"
PKCS_REQ, RENEWAL_REQ, CERT_POLL = "19", "17", "20"
STATUSES = {"0": "success", "2": "failure", "3": "pending"}


def der(tag, *parts):
    body = b"".join(parts)
    length = len(body)
    if length < 128:
        return bytes([tag, length]) + body
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body


def sequence(*parts):
    return der(0x30, *parts)


def set_of(*parts):
    return der(0x31, *sorted(parts))


def oid(text):
    first, second, *rest = map(int, text.split("."))
    octets = bytearray([first * 40 + second])
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(0x80 | number & 0x7F)
        octets += bytes(reversed(groups))
    return der(0x06, bytes(octets))


def algorithm(name):
    return sequence(oid(name), der(0x05))


def attribute(name, value):
    return sequence(oid(name), set_of(value))


def elements(data):
    """(tag, value, whole) of each element that stands in these octets."""
    found = []
    while data:
        length, head = data[1], 2
        if length & 0x80:
            head += length & 0x7F
            length = int.from_bytes(data[2:head], "big")
        found.append((data[0], data[head:head + length], data[:head + length]))
        data = data[head + length:]
    return found


def issuer_and_serial(certificate):
    """IssuerAndSerialNumber (RFC 5652) of a certificate in DER."""
    fields = elements(elements(elements(certificate)[0][1])[0][1])
    if fields[0][0] == 0xA0:  # the version
        fields = fields[1:]
    return sequence(fields[2][2], fields[0][2])


def printable_attribute(message, name):
    """The one PrintableString of this attribute in a message; nothing when it is not there."""
    _, head, rest = message.partition(oid(name))
    return elements(elements(rest)[0][1])[0][1].decode() if head else None


def openssl(*arguments, data=b""):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise HarnessError(f"openssl {' '.join(map(str, arguments))}: {done.stderr.decode()}")
    return done.stdout


def to_der(pem):
    return openssl("x509", "-outform", "DER", data=pem)


@dataclasses.dataclass
class Answer:
    status: str
    certificate: bytes = b""  # DER


class ScepClient:
    """One device at one service. Its files are NAME.key, NAME.csr and NAME.pem of the folder."""

    def __init__(self, folder, name, url):
        self.folder, self.name, self.url = Path(folder), name, url
        self.key, self.request, self.certificate = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))

    def make_request(self, subject, challenge=None, bits=2048):
        """A new key and its PKCS#10 request."""
        return self.make_request_for(["rsa:" + str(bits)], subject, challenge)

    def make_request_for(self, kind, subject, challenge=None):
        """The same with a key as `openssl req -newkey` takes it."""
        text = self.folder / "request.cnf"
        text.write_text("[req]\nprompt=no\nstring_mask=utf8only\ndistinguished_name=dn\nattributes=attributes\n[dn]\n" +
                        subject.replace(",", "\n") + "\n[attributes]\n" +
                        (f"challengePassword={challenge}\n" if challenge else ""))
        run(["openssl", "req", "-new", "-newkey", *kind, "-nodes", "-keyout", self.key, "-config", text, "-out",
             self.request])
        return self

    def enroll(self, transaction):
        """PKCSReq, signed by a self-signed certificate of the device (RFC 8894, section 2.3)."""
        own = self.folder / f"{self.name}.own.pem"
        run(["openssl", "req", "-x509", "-key", self.key, "-subj", f"/CN={transaction}", "-days", "30", "-out", own])
        return self.ask(PKCS_REQ, transaction, self.key, own)

    def make_throw_away(self, number=1):
        """An RSA key and its self-signed certificate."""
        key, certificate = (self.folder / f"{self.name}.throw-away-{number}.{end}" for end in ("key", "pem"))
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-subj",
             f"/CN=throw-away {number}", "-days", "2", "-out", certificate])
        return key, certificate

    def renew(self, transaction, old):
        """RenewalReq, signed by the certificate of the other client."""
        return self.ask(RENEWAL_REQ, transaction, old.key, old.certificate)

    def ask(self, message_type, transaction, key, signer):
        request = openssl("req", "-in", self.request, "-outform", "DER")
        enveloped = openssl("cms", "-encrypt", "-binary", "-aes-128-cbc", "-outform", "DER", self.ra_certificate(),
                            data=request)
        reply = self.post(self.signed(message_type, transaction, enveloped, key, signer))
        answer = Answer(STATUSES[printable_attribute(reply, STATUS)])
        if answer.status == "success":
            answer.certificate = self.open(reply, key, signer)
        return answer

    def ra_certificate(self):
        """The file of the certificate that messages are encrypted to: the first that is no CA."""
        with urllib.request.urlopen(f"{self.url}?operation=GetCACert", timeout=30) as answer:
            all_of_them = openssl("pkcs7", "-inform", "DER", "-print_certs", data=answer.read()).decode()
        out = self.folder / "ra.pem"
        for part in all_of_them.split("-----BEGIN CERTIFICATE-----")[1:]:
            pem = "-----BEGIN CERTIFICATE-----" + part.split("-----END")[0] + "-----END CERTIFICATE-----\n"
            if b"CA:TRUE" not in openssl("x509", "-noout", "-ext", "basicConstraints", data=pem.encode()):
                out.write_text(pem)
                return out
        raise HarnessError(f"{self.url} has no RA certificate")

    def signed(self, message_type, transaction, content, key, signer):
        """The pkiMessage: SignedData (RFC 5652) with the attributes of RFC 8894, section 3.2."""
        certificate = to_der(signer.read_bytes())
        digest = openssl("dgst", "-sha256", "-binary", data=content)
        attributes = set_of(
            attribute(CONTENT_TYPE, oid(DATA)), attribute(MESSAGE_DIGEST, der(0x04, digest)),
            attribute(MESSAGE_TYPE, der(0x13, message_type.encode())),
            attribute(TRANSACTION, der(0x13, transaction.encode())), attribute(SENDER_NONCE, der(0x04, os.urandom(16))))
        signature = openssl("dgst", "-sha256", "-sign", key, data=attributes)
        signer_info = sequence(der(0x02, b"\x01"), issuer_and_serial(certificate), algorithm(SHA256),
                               b"\xa0" + attributes[1:], algorithm(RSA), der(0x04, signature))
        signed_data = sequence(der(0x02, b"\x01"), set_of(algorithm(SHA256)),
                               sequence(oid(DATA), der(0xA0, der(0x04, content))), der(0xA0, certificate),
                               set_of(signer_info))
        return sequence(oid(SIGNED_DATA), der(0xA0, signed_data))

    def post(self, message):
        request = urllib.request.Request(f"{self.url}?operation=PKIOperation", data=message,
                                         headers={"Content-Type": "application/x-pki-message"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def open(self, reply, key, signer):
        """The certificate of an answer; keeps it in the device's file."""
        enveloped = openssl("cms", "-verify", "-noverify", "-binary", "-inform", "DER", data=reply)
        inner = openssl("cms", "-decrypt", "-binary", "-inform", "DER", "-inkey", key, "-recip", signer, data=enveloped)
        pem = openssl("pkcs7", "-inform", "DER", "-print_certs", data=inner)
        self.certificate.write_bytes(openssl("x509", data=pem))
        return to_der(pem)
