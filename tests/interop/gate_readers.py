"""What reads the certificates and CRLs of the gate: pkilint's rules of RFC 5280, and the parsers of four programs.

Files: a folder for each CA with ca.der, NAME.cer and NAME.crl, all DER, and root.pem above the bounded one.
Each reader returns its complaints.
"""

import base64
import concurrent.futures
import os
import re
import subprocess
from pathlib import Path

# Findings that stay: (pkilint's code, a regular expression that the finding's text matches as a whole, why it stays).
LISTED = [
    ("pkix.invalid_uri_syntax", r'Invalid URI syntax: "(urn|spiffe|tag|intunedeviceid):.*"',
     "pkilint takes URLs of some schemes alone; RFC 5280 section 4.2.1.6 wants an absolute URI, of any scheme"),
    ("pkix.invalid_uri_syntax", r'Invalid URI syntax: "device://serial no 4711"',
     "the job names this URI, and the management cloud vouches for it (ADR 55)"),
    ("itu.invalid_asn1_syntax", r'ASN.1 decoding failure .* with schema "DirectoryString" .* OID 1\.3\.6\.1\.4\.1\.99999\.1: .*',
     "nobody knows the syntax of this attribute type: IA5String may be what it wants"),
    ("pkix.invalid_domain_name_syntax", r'Invalid domain name syntax: "[A-Za-z0-9-]+"',
     "a single label is a name in the preferred syntax of RFC 1034; pkilint wants a public one"),
    ("pkix.invalid_domain_name_syntax", r'Invalid domain name syntax: "\*\.[a-z.]+"',
     "RFC 6125 section 6.4.3 lets a dNSName begin with a wildcard"),
    ("pkix.invalid_email_address_syntax", r'Invalid e-mail address syntax: ""a@b"@corp.example"',
     "RFC 5321 section 4.1.2 lets a local part be a quoted string"),
    ("pkix.invalid_email_address_syntax", r'Invalid e-mail address syntax: "(a@corp.example){10,}.*"',
     "an emailAddress of 255 characters, which RFC 5280 allows, is no mailbox, and stays in the subject as it is (ADR 55)"),
    ("pkix.subject_email_address_not_in_san", r"(.|\n)*",
     "neither the template nor the job allows the address as an alternative name, or it is no mailbox (ADR 55)"),
    ("pkix.name_domain_components_invalid_domain_name", r'Invalid domain name in domainComponents: "[a-z]+"',
     "RFC 4519 section 2.4 lets a name have one domainComponent; pkilint wants a public domain"),
]


def der_files(folder, *ends):
    return sorted(path for path in Path(folder).glob("*/*") if path.suffix in ends)


class Linter:
    """pkilint in this process."""

    def __init__(self):
        from pkilint import loader, pkix
        from pkilint.pkix import certificate, crl, extension, name

        self.loaders = {".cer": loader.RFC5280CertificateDocumentLoader(),
                        ".crl": loader.RFC5280CertificateListDocumentLoader()}
        self.validators = {
            ".cer": certificate.create_pkix_certificate_validator_container(
                certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
                [certificate.create_issuer_validator_container([]), certificate.create_validity_validator_container(),
                 certificate.create_subject_validator_container([]), certificate.create_extensions_validator_container([]),
                 certificate.create_spki_validator_container([])]),
            ".crl": crl.create_pkix_crl_validator_container(
                [pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
                 pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS)],
                [crl.create_issuer_validator_container([]), crl.create_validity_validator_container([]),
                 crl.create_extensions_validator_container([])])}

    def findings(self, path):
        """(code, text) of each error."""
        from pkilint.validation import ValidationFindingSeverity

        kind = ".crl" if path.suffix == ".crl" else ".cer"
        document = self.loaders[kind].load_der_document(path.read_bytes())
        return [(one.finding.code, one.message or "") for result in self.validators[kind].validate(document.root)
                for one in result.finding_descriptions
                if one.finding.severity in (ValidationFindingSeverity.ERROR, ValidationFindingSeverity.FATAL)]


def lint_some(paths):
    linter = Linter()
    return [(path, *finding) for path in paths for finding in linter.findings(path)]


def by_pkilint(folder):
    """The errors that LISTED lacks, and those of LISTED that nothing shows any more."""
    paths = der_files(folder, ".cer", ".crl", ".der")
    workers = os.cpu_count() or 1
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        found = [one for part in pool.map(lint_some, [paths[i::workers] for i in range(workers)]) for one in part]
    complaints, used = [], set()
    for path, code, text in found:
        entry = next((i for i, (listed, pattern, _) in enumerate(LISTED)
                      if listed == code and re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL)), None)
        used.add(entry)
        if entry is None:
            complaints.append(f"{path}: {code}: {text}")
    complaints += [f"nothing shows {code} {pattern} any more" for i, (code, pattern, _) in enumerate(LISTED)
                   if i not in used]
    return complaints


def pem(label, octets):
    text = base64.encodebytes(octets).decode().replace("\n", "")
    lines = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def run_reader(*command, data=None):
    return subprocess.run([str(part) for part in command], input=data, capture_output=True, timeout=120)


def by_openssl(folder):
    """Each certificate verifies up to its CA, by the strict rules; each CRL too."""
    complaints = []
    for ca in sorted(Path(folder).glob("*/ca.der")):
        root = ca.with_suffix(".pem")
        root.write_text(pem("CERTIFICATE", ca.read_bytes()))
        leaves = []
        for path in der_files(ca.parent.parent, ".cer"):
            if path.parent == ca.parent:
                leaves.append(path.with_suffix(".pem"))
                leaves[-1].write_text(pem("CERTIFICATE", path.read_bytes()))
        done = run_reader("openssl", "verify", "-x509_strict", "-partial_chain", "-CAfile", root, *leaves)
        verified = set(re.findall(r"^(.*): OK$", done.stdout.decode(), re.MULTILINE))
        said = done.stderr.decode(errors="replace")
        complaints += [f"{leaf}: {said[-1000:]}" for leaf in leaves if str(leaf) not in verified]
        for crl in ca.parent.glob("*.crl"):
            done = run_reader("openssl", "crl", "-inform", "DER", "-in", crl, "-CAfile", root, "-noout")
            if done.returncode != 0 or b"verify OK" not in done.stderr:
                complaints.append(f"{crl}: {done.stderr.decode(errors='replace')}")
    return complaints


def by_gnutls(folder):
    complaints = []
    for path in der_files(folder, ".cer", ".crl", ".der"):
        kind = "--crl-info" if path.suffix == ".crl" else "--certificate-info"
        done = run_reader("certtool", kind, "--inder", "--infile", path)
        said = (done.stdout + done.stderr).decode(errors="replace")
        wrong = re.findall(r"^.*\berror\b.*$", said, re.MULTILINE | re.IGNORECASE)
        if done.returncode != 0 or wrong:
            complaints.append(f"{path}: {wrong or said[-300:]}")
    return complaints


def complaint_of_certificate(path, root):
    from cryptography import x509

    one = x509.load_der_x509_certificate(path.read_bytes())
    for part in (one.subject, one.issuer):
        part.rfc4514_string()
    list(one.extensions)
    if path.suffix == ".cer":
        one.verify_directly_issued_by(root)
    return None


def complaint_of_crl(path, root):
    from cryptography import x509

    one = x509.load_der_x509_crl(path.read_bytes())
    list(one.extensions)
    for entry in one:
        list(entry.extensions)
        if entry.revocation_date_utc > one.last_update_utc:
            return f"revokes {entry.serial_number:x} after thisUpdate"
    return None if one.is_signature_valid(root.public_key()) else "bad signature"


def by_cryptography(folder):
    from cryptography import x509

    complaints = []
    for path in der_files(folder, ".cer", ".crl", ".der"):
        root = x509.load_der_x509_certificate((path.parent / "ca.der").read_bytes())
        try:
            complaint = (complaint_of_crl if path.suffix == ".crl" else complaint_of_certificate)(path, root)
        except Exception as problem:  # a parser of others may raise anything
            complaint = repr(problem)
        if complaint:
            complaints.append(f"{path}: {complaint}")
    return complaints


def by_java(folder):
    source = Path(__file__).with_name("GateReader.java")
    done = run_reader("java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", source, folder)
    if done.returncode != 0:
        return [f"java: {done.stderr.decode(errors='replace')[-1000:]}"]
    return done.stdout.decode(errors="replace").splitlines()


READERS = {"pkilint": by_pkilint, "openssl": by_openssl, "GnuTLS": by_gnutls, "cryptography": by_cryptography,
           "Java": by_java}
