"""Beside an NDES: renewals and the certificate of the NDES service."""

import types

from authority import Authority
from ndes import Ndes, pkcs10
from trials.trial import trial

GROUP = "Beside an NDES"
OID = "1.3.6.1.4.1.311.21.8.1.2.3"


def beside(site, *keys):
    ndes = Ndes(site.folder, Authority(site.folder, "issuing-ca"))
    site.shell(f"chown -R certconnector: {site.folder}")
    site.configure("[scep.ndes]\npath =\ntemplate = Device\ntemplate_oid = 1.3.6.1.4.1.311.21.8.1.2.3\nchallenge = one-time\n" +
                   ndes.section("ndes", *keys)).start()
    return ndes.find(types.SimpleNamespace(log_text=site.log))


def renewal(site, ndes, extensions):
    """A device's certificate of the company's CA asks for its renewal."""
    request = pkcs10(site.folder, "laptop", stem="old")
    old = ndes.issuing_ca.sign(request, site.folder / "old.pem", f"extendedKeyUsage=clientAuth\n{extensions}")
    return ndes.verify(pkcs10(site.folder, "laptop", stem="new"), "R-1", signer=old)


@trial(GROUP, "Nothing shows whether certificates that renew are revoked")
def revocation_is_unknown(site):
    ndes = beside(site)
    answer = renewal(site, ndes, "1.3.6.1.4.1.311.20.2=ASN1:BMP:Device")
    assert answer[1]["code"] == "revocation_unknown", answer
    seen = site.finding("revocation_unknown")
    (site.folder / "ca.crl").write_bytes(ndes.issuing_ca.crl())
    site.own(site.folder / "ca.crl")
    text = site.configuration()
    site.configure(text + f"crl_file = {site.folder}/ca.crl\n", base="")
    site.cli("reload")
    assert renewal(site, ndes, "1.3.6.1.4.1.311.20.2=ASN1:BMP:Device")[1] == {"verified": True}
    site.well("revocation_unknown")
    return seen


@trial(GROUP, "The template of a renewal has an object identifier that the service does not name")
def template_is_another(site):
    ndes = beside(site)
    wrong = "1.3.6.1.4.1.311.21.7=ASN1:SEQUENCE:template\n[template]\nid=OID:1.3.6.1.4.1.311.21.8.9.9.9"
    answer = renewal(site, ndes, wrong)[1]
    assert "template_oid" in answer["message"], answer
    told = site.json("scep explain R-1")["story"] if site.shell("certconnector scep explain R-1", check=False).returncode \
        == 0 else None
    assert told is None or "template_oid" in told["why"] + told["next"], told
    return None
