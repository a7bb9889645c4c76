"""A CA made and run by openssl."""

from harness import run


class Authority:
    def __init__(self, folder, name):
        self.folder = folder
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.pem"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             self.key, "-out", self.certificate, "-subj", f"/CN={name}", "-days", "30"])

    def sign(self, request, out, extensions):
        text = self.folder / "extensions.cnf"
        text.write_text(extensions)
        run(["openssl", "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
             "-days", "10", "-extfile", text, "-out", out])
        return out

    def issue(self, name, extensions):
        """Key and certificate files of a new key."""
        key, request = self.folder / f"{name}.key", self.folder / f"{name}.csr"
        run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
             "-out", request, "-subj", f"/CN={name}"])
        return key, self.sign(request, self.folder / f"{name}.pem", extensions)
