"""Stands between a client and a server that speaks AWS: forwards, counts, judges, and on request does harm.

Every exchange is held against AWS's service models (oracle.py). The first line on standard output is the port.

    proxy.py --to http://127.0.0.1:4566 [--answers strict|lenient] [--cloudwatch http://127.0.0.1:4570]

With --cloudwatch, CloudWatch's requests go to that server, for one that does not speak CBOR.


GET  /_proxy/report   {"operations": {NAME: {"count", "request_bytes", "response_bytes"}}, "violations": [TEXT],
                       "requests": [{"operation", "method", "path", "status", "account", "owner"}]}; a status of null
                       is an answer that has not come (yet), the owner is who a bucket is expected to belong to
POST /_proxy/reset    forgets all of that, and every fault; ends what hangs, and lets go on what is held
POST /_proxy/fault    {"operation": NAME or "*", "nth": 1, "count": 1 or null for ever, "action": ACTION}, where
                      ACTION is status:N, error:N:CODE:TEXT, throttle, hang, hold (until the reset, and is forwarded then),
                      drop (nothing is forwarded), drop-after (the server acts, its answer is lost),
                      delay:MILLISECONDS
"""

import argparse
import contextlib
import json
import re
import socket
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import oracle

# These speak of one connection, not of the message.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


class Record:
    """What went through since the last reset, and the harm that is still to be done."""

    def __init__(self):
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.clear()

    def clear(self):
        with self.lock:
            self.operations, self.requests, self.violations, self.faults = {}, [], [], []
            self.released.set()
            self.released = threading.Event()

    def begin(self, name, request):
        """Counts a request when it has come, whatever becomes of it; answers its entry and the fault that it meets."""
        account = re.search(r"Credential=([^/]+)/", request.headers.get("authorization", ""))
        entry = {"operation": name, "method": request.method, "path": request.path, "status": None}
        entry["account"] = account[1] if account else None
        entry["owner"] = request.headers.get("x-amz-expected-bucket-owner")
        with self.lock:
            self.requests.append(entry)
            total = self.operations.setdefault(name, {"count": 0, "request_bytes": 0, "response_bytes": 0})
            total["count"] += 1
            total["request_bytes"] += len(request.body)
            return entry, self.take_fault(name), self.released

    def take_fault(self, name):
        for fault in self.faults:
            if fault["operation"] not in ("*", name, name.partition(".")[2]):
                continue
            fault["seen"] = fault.get("seen", 0) + 1
            first, count = fault.get("nth", 1), fault.get("count", 1)
            if fault["seen"] >= first and (count is None or fault["seen"] < first + count):
                return fault["action"]
        return None

    def end(self, name, entry, answer):
        with self.lock:
            entry["status"] = answer.status
            if name in self.operations:
                self.operations[name]["response_bytes"] += len(answer.body)

    def violation(self, name, side, texts):
        with self.lock:
            self.violations.extend(f"{name} {side}: {text}" for text in texts)

    def report(self):
        with self.lock:
            return {"operations": self.operations, "violations": self.violations, "requests": self.requests}


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    record = Record()
    upstream = None
    # Services that another server stands in for.
    elsewhere = {}
    strict = True

    def do_any(self):
        request = oracle.Request(
            self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, self.read_body()
        )
        if self.path.startswith("/_proxy/"):
            self.control(request)
        else:
            self.pass_on(request)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = do_any

    def read_body(self):
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def control(self, request):
        if request.path == "/_proxy/report":
            self.answer(200, {}, json.dumps(self.record.report()).encode())
        elif request.path == "/_proxy/reset":
            self.record.clear()
            self.answer(200, {}, b"{}")
        elif request.path == "/_proxy/fault":
            with self.record.lock:
                self.record.faults.append(json.loads(request.body))
            self.answer(200, {}, b"{}")
        else:
            self.answer(404, {}, b"{}")

    def pass_on(self, request):
        operation, labels = oracle.identify(request)
        name = f"{operation.service_model.service_name}.{operation.name}" if operation else "unknown"
        entry, fault, released = self.record.begin(name, request)
        if operation:
            self.record.violation(name, "request", oracle.judge_request(operation, labels, request))
        else:
            self.record.violation(name, "request", [f"{request.method} {request.path} is no operation"])
        if fault and not self.harm(fault, oracle.protocol_of(operation, request), released, entry, name):
            return
        try:
            answer = self.forward(request, self.elsewhere.get(name.partition(".")[0], self.upstream))
        except (OSError, HTTPException) as error:
            print(f"{name}: no answer from the server: {error!r}", file=sys.stderr)
            self.close_connection = True
            return
        if operation:
            faults = oracle.judge_answer(operation, request, answer, self.strict)
            self.record.violation(name, f"answer {answer.status}", faults)
        if fault == "drop-after":
            self.drop()
            return
        self.record.end(name, entry, answer)
        self.answer(answer.status, answer.headers, answer.body)

    def harm(self, fault, protocol, released, entry, name):
        """Does what `fault` says; answers whether the request goes on to the server after it."""
        action, _, rest = fault.partition(":")
        if action == "delay":
            time.sleep(int(rest) / 1000)
            return True
        if action == "drop-after":
            return True
        if action == "hold":
            released.wait()
            return True
        if action == "hang":
            released.wait()
        if action in ("hang", "drop"):
            self.drop()
            return False
        answer = injected(action, rest, protocol)
        self.record.end(name, entry, answer)
        self.answer(answer.status, answer.headers, answer.body)
        return False

    def drop(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def forward(self, request, upstream):
        server = HTTPConnection(upstream.hostname, upstream.port, timeout=300)
        try:
            skipped = HOP_BY_HOP | {"content-length", "expect"}
            headers = {name: value for name, value in request.headers.items() if name not in skipped}
            if request.body or request.method in ("POST", "PUT"):
                headers["content-length"] = str(len(request.body))
            server.request(request.method, request.path, request.body or None, headers)
            answer = server.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return oracle.Answer(answer.status, fields, answer.read())
        finally:
            server.close()

    def answer(self, status, headers, body):
        lines = [f"HTTP/1.1 {status} {self.responses.get(status, ('',))[0]}"]
        skipped = HOP_BY_HOP | {"content-length"}
        lines += [f"{name}: {value}" for name, value in headers.items() if name.lower() not in skipped]
        if self.command == "HEAD":
            # It speaks of the body that a GET would have.
            lines += [f"content-length: {value}" for name, value in headers.items() if name.lower() == "content-length"]
        elif status != 204:
            lines.append(f"content-length: {len(body)}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        try:
            self.wfile.write(head + (b"" if self.command == "HEAD" else body))
        except OSError:
            # The client went away; that is its right.
            self.close_connection = True

    def log_message(self, form, *arguments):
        print(form % arguments, file=sys.stderr)


def injected(action, rest, protocol):
    """The answer that a fault makes up, in the protocol of the exchange."""
    if action == "throttle":
        code = "TooManyRequestsException" if protocol == "rest-json" else "ThrottlingException"
        status, text = 429 if protocol == "rest-json" else 400, "Rate exceeded"
        if protocol == "rest-xml":
            code, status, text = "SlowDown", 503, "Please reduce your request rate."
    elif action == "error":
        status, code, text = rest.split(":", 2)
    else:
        status, code, text = rest, "ServiceException", "injected by the test"
    headers = {"x-amzn-requestid": "00000000-0000-4000-8000-000000000000", "content-type": "application/json"}
    if protocol == "query":
        headers["content-type"] = "text/xml"
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
        return oracle.Answer(int(status), headers, f"<ErrorResponse>{error}</ErrorResponse>".encode())
    if protocol == "rest-xml":
        headers = {"x-amz-request-id": "0000000000000000", "content-type": "application/xml"}
        error = f"<Error><Code>{code}</Code><Message>{text}</Message></Error>"
        return oracle.Answer(int(status), headers, error.encode())
    if protocol == "cbor":
        headers |= {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return oracle.Answer(int(status), headers, b"\xa2" + b"".join(map(cbor_text, ("__type", code, "message", text))))
    headers["x-amzn-errortype"] = code
    body = json.dumps({"__type": code, "message": text}).encode()
    return oracle.Answer(int(status), headers, body)


def cbor_text(text):
    data = text.encode()
    return b"\x79" + len(data).to_bytes(2, "big") + data


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", required=True)
    parser.add_argument("--answers", choices=["strict", "lenient"], default="strict")
    parser.add_argument("--cloudwatch")
    arguments = parser.parse_args()
    if arguments.cloudwatch:
        Proxy.elsewhere["cloudwatch"] = urlsplit(arguments.cloudwatch)
    Proxy.upstream = urlsplit(arguments.to)
    Proxy.strict = arguments.answers == "strict"
    server = Server(("127.0.0.1", 0), Proxy)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
