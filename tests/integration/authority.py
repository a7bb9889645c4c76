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
