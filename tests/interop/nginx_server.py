"""The nginx configuration that we ship, in a real nginx."""

import os
import socket
import ssl
import subprocess
from pathlib import Path

from scep_clients import run

CONFIGURATION = Path(__file__).resolve().parents[2] / "packaging/nginx/certconnector-scep.conf"
ABOUT = """daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/certconnector-scep.conf;
}}
"""


class Nginx:
    """nginx with our file, its placeholders replaced, on a port that is bound before it starts. plain: without TLS."""

    def __init__(self, folder, upstream, plain=False):
        self.folder = Path(folder)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        certificate, key = self.folder / "server.pem", self.folder / "server.key"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=scep.example.com", "-addext", "subjectAltName=DNS:scep.example.com,IP:127.0.0.1", "-keyout", key, "-out",
             certificate])
        text = CONFIGURATION.read_text()
        for placeholder, value in (
                ("listen 443 ssl;", f"listen 127.0.0.1:{self.port}{'' if plain else ' ssl'};"),
                ("server 127.0.0.1:8080;", f"server 127.0.0.1:{upstream};"),
                ("ssl_certificate /etc/ssl/certs/scep.example.com.pem;", f"ssl_certificate {certificate};"),
                ("ssl_certificate_key /etc/ssl/private/scep.example.com.key;", f"ssl_certificate_key {key};"),
                ("/var/log/nginx/certconnector-scep.log", f"{self.folder}/access.log")):
            assert text.count(placeholder) == 1, placeholder
            text = text.replace(placeholder, value)
        (self.folder / "certconnector-scep.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(ABOUT.format(folder=self.folder, user=user))

    def __enter__(self):
        # nginx takes over the listening socket whose number stands in NGINX.
        descriptor = self.listener.fileno()
        self.process = subprocess.Popen(
            ["nginx", "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"],
            env=dict(os.environ, NGINX=f"{descriptor};"), pass_fds=[descriptor], stdin=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.listener.close()

    def connect(self, source="127.0.0.1"):
        context = ssl.create_default_context(cafile=self.folder / "server.pem")
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10, source_address=(source, 0))
        return context.wrap_socket(plain, server_hostname="scep.example.com")

    def log_text(self):
        return (self.folder / "access.log").read_text()
