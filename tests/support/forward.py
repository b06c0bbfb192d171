"""A company's proxy: forwards what it is asked to, and looks into TLS with certificates of an authority of its own.

The first line on standard output is the port.

    forward.py --authority FILE --to HOST=http://127.0.0.1:4566 [--to …] [--user NAME:PASSWORD]

FILE becomes the authority's certificate. A host that no --to names is answered with 502, and with --user a request without the
password with 407.

GET  /_forward/log   [{"how": "forward" or "tunnel", "host": "HOST" or "HOST:PORT", "method", "path"}], in the order in which
                     they came; what was refused is not in it
"""

import argparse
import base64
import datetime
import json
import ssl
import sys
import tempfile
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# These speak of one connection, not of the message.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding"}


class Authority:
    """Makes certificates that whoever trusts `file` trusts."""

    def __init__(self, file):
        self.key, self.name = ec.generate_private_key(ec.SECP256R1()), self.named("A company's authority")
        certificate = self.certificate(self.name, self.key, x509.BasicConstraints(ca=True, path_length=0))
        Path(file).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, host):
        """What a server needs to be taken for `host`."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self.certificate(self.named(host), key, x509.SubjectAlternativeName([x509.DNSName(host)]))
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "server.pem"
            file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
            context.load_cert_chain(file)
        return context

    def certificate(self, name, key, extension):
        now, day = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)
        builder = x509.CertificateBuilder(self.name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
        return builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())

    @staticmethod
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The host behind the TLS that was looked into.
    tunnel = None

    def do_CONNECT(self):
        host = self.path.rpartition(":")[0]
        if not self.may_pass(host):
            return
        self.send_response_only(200)
        self.end_headers()
        self.wfile.flush()
        self.connection = self.server.contexts[host].wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.tunnel = self.path

    def finish(self):
        super().finish()
        self.connection.close()

    def handle_any(self):
        body = self.body()
        if self.tunnel:
            self.forward("tunnel", self.tunnel, self.tunnel.rpartition(":")[0], self.path, body)
            return
        url = urlsplit(self.path)
        if url.scheme:
            path = url.path + (f"?{url.query}" if url.query else "")
            if self.may_pass(url.hostname):
                self.forward("forward", url.netloc, url.hostname, path, body)
        elif self.path == "/_forward/log":
            with self.server.lock:
                self.answer(200, [("content-type", "application/json")], json.dumps(self.server.log).encode())
        else:
            self.refuse(400)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def may_pass(self, host):
        user = self.server.user
        wanted = user and "Basic " + base64.b64encode(user.encode()).decode()
        if user and self.headers.get("proxy-authorization") != wanted:
            self.refuse(407)
        elif host not in self.server.routes:
            self.refuse(502)
        else:
            return True
        return False

    def refuse(self, status):
        self.close_connection = True
        self.answer(status, [("connection", "close")], b"refused by the proxy")

    def body(self):
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def forward(self, how, named, host, path, body):
        with self.server.lock:
            self.server.log.append({"how": how, "host": named, "method": self.command, "path": path})
        target = urlsplit(self.server.routes[host])
        server = HTTPConnection(target.hostname, target.port, timeout=60)
        server.putrequest(self.command, path, skip_host=True, skip_accept_encoding=True)
        # The local AWS answers to nobody who knows it by another name.
        server.putheader("host", target.netloc)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP | {"host", "content-length"}:
                server.putheader(name, value)
        server.putheader("content-length", str(len(body)))
        server.endheaders(body)
        answer = server.getresponse()
        content = answer.read()
        server.close()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
        self.answer(answer.status, headers, content)

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, text, *values):
        print(text % values, file=sys.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--authority", required=True)
    parser.add_argument("--to", action="append", required=True)
    parser.add_argument("--user")
    arguments = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.lock, server.log, server.user = threading.Lock(), [], arguments.user
    server.routes = dict(route.split("=", 1) for route in arguments.to)
    authority = Authority(arguments.authority)
    server.contexts = {host: authority.context(host) for host in server.routes}
    print(server.server_port, flush=True)
    server.serve_forever()


main()
