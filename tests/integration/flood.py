"""Clients that hold all they can get: many connections of one listener, each with a request or a handshake that never
ends. They open a connection again after each cut. For loopback alone. Limited in connections, in pace and in time."""

import multiprocessing
import random
import resource
import selectors
import socket
import time

LONGEST_S = 600
# As much as a request may hold before it is complete: a query, and a body without its last octet.
QUERY, BODY = 64000, 130000
# The head of a TLS record with a ClientHello that does not come.
HALF_HANDSHAKE = bytes.fromhex("16030102000100")


def endless_request(path):
    head = f"POST {path}?operation=PKIOperation&x={'A' * QUERY} HTTP/1.1\r\nHost: h\r\nContent-Length: {BODY + 1}\r\n\r\n"
    return head.encode() + b"B" * BODY


class _Attacker:
    def __init__(self, address, sources, count, payload, pace):
        self.address, self.sources, self.count, self.payload, self.pace = address, sources, count, payload, pace
        self.selector = selectors.DefaultSelector()
        self.left = {}  # octets to send, by socket

    def open(self):
        client = socket.socket()
        client.setblocking(False)
        client.bind((random.choice(self.sources), 0))
        client.connect_ex(self.address)
        self.left[client] = memoryview(self.payload)
        self.selector.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def serve(self, client, events):
        try:
            if events & selectors.EVENT_READ and not client.recv(65536):
                return self.drop(client)
            if events & selectors.EVENT_WRITE:
                self.left[client] = self.left[client][client.send(self.left[client]):]
                if not self.left[client]:
                    self.selector.modify(client, selectors.EVENT_READ)
        except BlockingIOError:
            pass
        except OSError:
            self.drop(client)

    def drop(self, client):
        self.selector.unregister(client)
        del self.left[client]
        client.close()

    def run(self, stop):
        """Returns the number of opened connections."""
        began, opened = time.monotonic(), 0
        while not stop.is_set() and time.monotonic() - began < LONGEST_S:
            while len(self.left) < self.count and opened < self.pace * (time.monotonic() - began):
                self.open()
                opened += 1
            for key, events in self.selector.select(0.05):
                self.serve(key.fileobj, events)
        for client in list(self.left):
            self.drop(client)
        return opened


def _attack(stop, opened, *arguments):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    opened.value = _Attacker(*arguments).run(stop)


class Flood:
    """One process that floods one listener inside the block; then `opened` has its number of connections."""

    def __init__(self, address, sources, count, payload, pace=1000):
        # Not a fork: the programs that the test started share nothing with it.
        context = multiprocessing.get_context("spawn")
        self.stop, self.opened = context.Event(), context.Value("L", 0)
        self.process = context.Process(target=_attack,
                                       args=(self.stop, self.opened, address, sources, count, payload, pace))

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.process.join(timeout=60)
        if self.process.is_alive():
            self.process.kill()
            raise AssertionError("the flood did not end")
