"""A way to the agent from another address of this machine, plain or by TLS, as a reverse proxy if need be."""

import contextlib
import socket
import socketserver
import ssl
import threading


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        relay = self.server.relay
        with contextlib.suppress(OSError), relay.connect() as agent:
            back = threading.Thread(target=self.pump, args=(agent, self.request))
            back.start()
            self.pump(self.request, agent, relay.header)
            back.join()

    @staticmethod
    def pump(source, target, header=b""):
        """Passes every octet on; puts `header` behind the first line."""
        with contextlib.suppress(OSError):
            begun = b""
            while data := source.recv(65536):
                if header:
                    begun += data
                    if b"\r\n" not in begun:
                        continue
                    line, rest = begun.split(b"\r\n", 1)
                    data, header = line + b"\r\n" + header + rest, b""
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Relay:
    """Listens on loopback and passes connections on; `clients` are the addresses that it names as their origin."""

    def __init__(self, agent, source, client=None, trust=None):
        self.agent, self.source = agent, source
        self.header = f"X-Forwarded-For: {client}\r\n".encode() if client else b""
        self.context = ssl.create_default_context(cafile=trust) if trust else None
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.relay = self
        self.port = self.server.server_address[1]

    def connect(self):
        plain = socket.create_connection(self.agent, timeout=60, source_address=(self.source, 0))
        if not self.context:
            return plain
        try:
            return self.context.wrap_socket(plain, server_hostname=self.agent[0])
        except OSError:
            plain.close()
            raise

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
