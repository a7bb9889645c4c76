"""The management endpoint, the way to it, and onboarding."""

import contextlib
import socket
import threading

import machine
from trials.trial import NamedEndpoint, trial

GROUP = "The management endpoint"


def again(site, code="endpoint_fails"):
    site.well(code, timeout=20)


@contextlib.contextmanager
def listener(port, answer):
    """Something else at the endpoint's address: sends `answer` to everybody and hangs up; None: says nothing."""
    with socket.create_server(("127.0.0.1", port), reuse_port=False) as server:
        held = []

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    held.append(connection)
                    if answer is not None:
                        connection.recv(1024)
                        connection.sendall(answer)
                        connection.close()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        server.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()
        thread.join()


@trial(GROUP, "This machine's DNS does not know the endpoint's host", enrolled=True)
def host_is_unknown(site):
    site.with_hosts()
    site.restart()
    seen = site.finding("endpoint_fails", "no address is known for its host name")
    site.printed(seen, "getent hosts HOST", {"HOST": "endpoint.test"}, check=False)
    assert "endpoint.failed" in site.log()
    site.with_hosts("endpoint.test")
    again(site)
    return seen


@trial(GROUP, "The endpoint does not run, or a firewall refuses the connection", enrolled=True)
def connection_is_refused(site):
    site.endpoint.stop()
    seen = site.finding("endpoint_fails", "the connection is refused")
    site.endpoint.start()
    again(site)
    return seen


@trial(GROUP, "The endpoint takes the connection and says nothing", enrolled=True)
def nothing_is_said(site):
    site.endpoint.stop()
    with listener(site.endpoint.port, None):
        seen = site.finding("endpoint_fails", "did not answer within")
    site.endpoint.start()
    again(site)
    return seen


@trial(GROUP, "At the endpoint's address is a program that does not speak TLS", enrolled=True)
def it_is_not_tls(site):
    site.endpoint.stop()
    with listener(site.endpoint.port, b"HTTP/1.1 400 Bad Request\r\n\r\n"):
        seen = site.finding("endpoint_fails", "does not speak TLS")
    assert "does not speak TLS" in site.log(), "each new cause is logged"
    site.endpoint.start()
    again(site)
    return seen


@trial(GROUP, "The endpoint has a certificate of another CA", enrolled=True)
def another_ca(site):
    site.endpoint.stop()
    other = NamedEndpoint(site.folder / "other", "endpoint.test", port=site.endpoint.port).start()
    seen = site.finding("endpoint_fails", "is not accepted")
    site.printed(seen, "certconnector reload")
    token = other.token()
    site.printed(seen, "certconnector enroll -", stdin=site.file("token", token))
    again(site)
    other.stop()
    return seen


@trial(GROUP, "The endpoint's certificate has expired, or this machine's clock is wrong", enrolled=True)
def certificate_has_expired(site):
    site.endpoint.stop()
    options = site.endpoint.options
    site.endpoint.options = (*options, "--server-expired")
    site.endpoint.start()
    seen = site.finding("endpoint_fails", "certificate has expired")
    site.printed(seen, "date -u")
    site.endpoint.stop()
    site.endpoint.options = options
    site.endpoint.start()
    again(site)
    return seen


@trial(GROUP, "The endpoint's certificate is for another host name", enrolled=True)
def certificate_of_another_host(site):
    site.endpoint.stop()
    options = site.endpoint.options
    site.endpoint.options = tuple("DNS:other.test" if one == "DNS:endpoint.test" else one for one in options)
    site.endpoint.start()
    seen = site.finding("endpoint_fails", "is not accepted")
    site.endpoint.stop()
    site.endpoint.options = options
    site.endpoint.start()
    again(site)
    return seen


def with_fault(site, fault, words):
    site.endpoint.verb("faults", "--fault", fault)
    seen = site.finding("endpoint_fails", words)
    site.endpoint.verb("faults", "--fault", "none")
    again(site)
    return seen


@trial(GROUP, "The endpoint is overloaded or under maintenance (503, 429)", enrolled=True)
def it_is_overloaded(site):
    with_fault(site, "status_429_percent=100", "429")
    return with_fault(site, "status_503_percent=100", "503")


@trial(GROUP, "The endpoint has moved, and answers with a redirect", enrolled=True)
def it_redirects(site):
    seen = with_fault(site, "redirect_percent=100", "a redirect")
    token = site.file("token", site.endpoint.token())
    site.printed(seen, "certconnector enroll -", stdin=token)
    again(site)
    return seen


@trial(GROUP, "Something on the way resets the connection", enrolled=True)
def it_is_reset(site):
    seen = with_fault(site, "reset_percent=100", "certconnector identity show")
    site.printed(seen, "certconnector identity show")
    return seen


@trial(GROUP, "A proxy or web server answers in the endpoint's place, with something else", enrolled=True)
def it_answers_something_else(site):
    for fault in ("truncate_percent=100", "huge_headers=true"):
        with_fault(site, fault, "")
    return with_fault(site, "malformed_percent=100", "")


@trial(GROUP, "The proxy does not run, or its address is wrong", enrolled=True)
def proxy_is_wrong(site):
    site.configure("", "[management]\nproxy=http://127.0.0.1:9\nrequest_timeout=3s\npoll_wait=1s\n[retry]\nbase=50ms\ncap=200ms\n")
    site.shell("certconnector reload", check=False)
    seen = site.finding("endpoint_fails", "the proxy refuses the connection")
    site.configure("")
    site.printed(seen, "certconnector reload")
    again(site)
    return seen


@trial(GROUP, "The proxy wants another password", enrolled=True)
def proxy_refuses(site):
    port = 18700
    with listener(port, b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"):
        site.configure("", "[management]\nproxy=http://127.0.0.1:18700\nrequest_timeout=3s\npoll_wait=1s\n"
                           "[retry]\nbase=50ms\ncap=200ms\n")
        site.shell("certconnector reload", check=False)
        seen = site.finding("endpoint_denies", "the proxy refused")
        site.configure("")
        site.printed(seen, "certconnector reload")
    again(site, "endpoint_denies")
    return seen


@trial(GROUP, "The endpoint's administrator has revoked the agent", enrolled=True)
def agent_is_revoked(site):
    agents = site.endpoint.admin("GET", "/admin/v1/agents")["agents"]
    site.endpoint.verb("revoke-agent", "--id", agents[0]["id"])
    seen = site.finding("endpoint_denies")
    token = site.file("token", site.endpoint.token())
    site.printed(seen, "certconnector enroll -", stdin=token)
    again(site, "endpoint_denies")
    return seen


@trial(GROUP, "The agent's client certificate has expired, as after a long time without the endpoint")
def identity_is_expired(site):
    site.endpoint_at("endpoint.test", "--client-lifetime", "5s")
    site.configure("").start().make_ca()
    site.shell("certconnector enroll -", stdin=site.file("token", site.endpoint.token()))
    site.endpoint.stop()
    site.finding("identity_expired")
    site.restart()  # SCEP and CRLs go on
    seen = site.finding("identity_expired")
    site.cli("ca test default")
    site.endpoint.options = tuple(one for one in site.endpoint.options if one not in ("--client-lifetime", "5s"))
    site.endpoint.start()
    site.printed(seen, "certconnector enroll -", stdin=site.file("token", site.endpoint.token()))
    again(site, "identity_expired")
    return seen


@trial(GROUP, "The agent could not renew its client certificate so far")
def identity_is_not_renewed(site):
    site.endpoint_at("endpoint.test", "--client-lifetime", "12s")
    site.configure("").start().make_ca()
    site.shell("certconnector enroll -", stdin=site.file("token", site.endpoint.token()))
    site.endpoint.stop()
    seen = site.finding("identity_not_renewed")
    site.endpoint.options = tuple(one for one in site.endpoint.options if one not in ("--client-lifetime", "12s"))
    site.endpoint.start()
    site.printed(seen, "certconnector status")
    site.printed(seen, "certconnector identity renew")
    site.well("identity_not_renewed")
    return seen


@trial(GROUP, "A file of the agent's client certificate is closed to the agent's user", enrolled=True)
def identity_is_closed(site):
    key = (machine.STATE / "identity/key.pem").resolve()
    key.chmod(0)
    seen = site.restart().finding("identity_unusable", str(key))
    site.printed(seen, f"chmod u+r {key}")
    site.printed(seen, "systemctl restart certconnectord")
    site.well("identity_unusable", "endpoint_fails")
    return seen


@trial(GROUP, "The files of the agent's client certificate are damaged", enrolled=True)
def identity_is_damaged(site):
    site.stop()
    file = machine.STATE / "identity/certificate.pem"
    file.write_text(file.read_text()[:300])
    site.start()
    seen = site.finding("identity_unusable")
    site.printed(seen, "certconnector enroll -", stdin=site.file("token", site.endpoint.token()))
    site.well("identity_unusable", "endpoint_fails")
    return seen


# --- onboarding -----------------------------------------------------------------------------------------------------

ENROLL = "Onboarding"


def bare(site):
    site.endpoint_at("endpoint.test")
    site.configure("").start()
    return site.endpoint.token()


def enroll(site, token):
    return site.refused(f"printf %s {token} | certconnector enroll -")


@trial(ENROLL, "The agent is not enrolled yet")
def not_enrolled(site):
    token = bare(site)
    seen = site.finding("not_enrolled")
    site.printed(site.log(), "certconnector enroll", stdin=site.file("token", site.endpoint.token()))
    site.stop()
    site.shell("rm -r /var/lib/certconnector/identity")
    site.start()
    site.printed(site.cli("status"), "certconnector enroll -", stdin=site.file("token", site.endpoint.token()))
    site.stop()
    site.shell("rm -r /var/lib/certconnector/identity")
    site.start()
    site.finding("not_enrolled")
    site.printed(seen, "certconnector enroll", stdin=site.file("token", token))
    site.well("not_enrolled", "endpoint_fails")
    return seen


@trial(ENROLL, "The endpoint has another CA than the token names")
def token_of_another_ca(site):
    token = bare(site)
    site.endpoint.stop()
    other = NamedEndpoint(site.folder / "other", "endpoint.test", port=site.endpoint.port).start()
    try:
        return enroll(site, token)
    finally:
        other.stop()


@trial(ENROLL, "This machine's DNS does not know the host that the token names")
def token_of_unknown_host(site):
    token = bare(site)
    site.with_hosts()
    seen = enroll(site, token)
    site.with_hosts("endpoint.test")
    site.printed(seen, "certconnector enroll -", stdin=site.file("token", token))
    return seen


@trial(ENROLL, "The proxy is wrong during the onboarding")
def proxy_of_the_onboarding(site):
    site.endpoint_at("endpoint.test")
    site.configure("", "[management]\nproxy=http://127.0.0.1:9\n").start()
    seen = enroll(site, site.endpoint.token())
    site.configure("")
    site.printed(seen, "certconnector reload")
    site.shell("certconnector enroll -", stdin=site.file("token", site.endpoint.token()))
    return seen


@trial(ENROLL, "The token was used already")
def token_is_used(site):
    token = bare(site)
    site.shell(f"printf %s {token} | certconnector enroll -")
    site.shell("systemctl stop certconnectord; rm -rf /var/lib/certconnector/identity; systemctl start certconnectord")
    return enroll(site, token)


@trial(ENROLL, "The token is damaged, as by a line break in an email")
def token_is_damaged(site):
    return enroll(site, bare(site)[:-9])


@trial(ENROLL, "The token has expired")
def token_is_expired(site):
    bare(site)
    return enroll(site, site.endpoint.verb("token", "--lifetime", "0s").strip())
