"""A CA made and run by openssl."""

import secrets

from harness import run


class Authority:
    def __init__(self, folder, name, days=30):
        self.take(folder, name)
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             self.key, "-out", self.certificate, "-subj", f"/CN={name}", "-days", str(days)])

    @classmethod
    def kept(cls, folder, name):
        """One whose files are there."""
        known = cls.__new__(cls)
        known.take(folder, name)
        return known

    def take(self, folder, name):
        self.folder = folder
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.pem"

    def sign(self, request, out, extensions, days=10):
        text = out.with_suffix(".cnf")
        text.write_text(extensions)
        run(["openssl", "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-set_serial",
             f"0x{secrets.token_hex(15)}", "-days", str(days), "-extfile", text, "-out", out])
        return out

    def issue(self, name, extensions):
        """Key and certificate files of a new key."""
        key, request = self.folder / f"{name}.key", self.folder / f"{name}.csr"
        run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
             "-out", request, "-subj", f"/CN={name}"])
        return key, self.sign(request, self.folder / f"{name}.pem", extensions)

    def crl(self, revoked=(), number=1, extensions="", days=7):
        """A CRL, DER. revoked: certificate files; extensions: lines of openssl's configuration."""
        folder = self.folder / f"{self.key.stem}-crl"
        folder.mkdir(exist_ok=True)
        (folder / "index.txt").write_text("")
        (folder / "number").write_text(f"{number:02X}\n")
        config = folder / "crl.cnf"
        config.write_text(f"[ca]\ndefault_ca=own\n[own]\ndatabase={folder}/index.txt\ncrlnumber={folder}/number\n"
                          f"certificate={self.certificate}\nprivate_key={self.key}\ndefault_md=sha256\n"
                          f"default_crl_days={days}\ncrl_extensions=crl\n[crl]\n"
                          f"authorityKeyIdentifier=keyid\n{extensions}\n")
        for certificate in revoked:
            run(["openssl", "ca", "-config", config, "-revoke", certificate])
        pem, der = folder / "crl.pem", folder / "crl.der"
        run(["openssl", "ca", "-config", config, "-gencrl", "-out", pem])
        run(["openssl", "crl", "-in", pem, "-outform", "DER", "-out", der])
        return der.read_bytes()
