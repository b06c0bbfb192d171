"""A GitHub that keeps what it is told: issues and pull requests, their comments, deployments, and the OIDC endpoint of Actions.

The first line on standard output is the port.

    server.py [--url PUBLIC]

Repositories exist without being made, but for those of the owner `nobody`; so tests keep apart by their repository's name.
With --url, or after /_control/url, answers name that address instead of the one of the server.

Tokens, each as `Bearer` or `token`; every other one is answered with 401:
    ghs_actions    of a workflow's job: github-actions[bot], may write; GET /user is refused, as GitHub refuses it
    ghs_fork       the same for a pull request of a fork: may only read
    ghs_app        of another App: ship-bot[bot]
    ghp_person     of a person: octo-person

    POST /_control/token     {"token", "login", "kind": "app" or "person", "write": true}
    POST /_control/budget    {"token", "remaining": N, "seconds": N}    so many more requests, until so many seconds from now
    POST /_control/pull      {"repository", "number", "head": SHA, "head_repository", "state": "open", "title", "locked": false}
    POST /_control/environment {"repository", "name", "reviewers": [LOGIN, …]}    without reviewers, it protects nothing
    POST /_control/issue     {"repository", "login", "title", "body"}                      -> {"number"}
    POST /_control/comment   {"repository", "number", "login", "body", "count": 1}         -> {"id"} of the last
    POST /_control/fault     {"method": "*", "path": REGULAR EXPRESSION, "nth": 1, "count": 1 or null for ever, "action": ACTION}
    POST /_control/oidc      {"token": what a request must bring, "claims": {…}}
    POST /_control/url       {"url": PUBLIC}
    POST /_control/release   {"name"}: lets go on what is held under this name, now and from now on
    POST /_control/reset     forgets everything; ends what hangs
    GET  /_control/state?repository=O/N     {"issues", "comments": {NUMBER: […]}, "deployments", "statuses": {ID: […]}}
    GET  /_control/log[?repository=O/N]     [{"method", "path", "status", "login", "body"}], in the order in which they came; a
                                            status of null is an answer that was lost
ACTION is status:N, status-after:N (the write is done first), primary:SECONDS and secondary:SECONDS (rate limits, the latter with
Retry-After), secondary-429:SECONDS, drop (nothing is done), drop-after (done, the answer is lost), delay:MILLISECONDS,
delay-after:MILLISECONDS, hang, hold:NAME (until it is released; then it is done), redirect:ADDRESS (307).

    GET  /_oidc/token?audience=AUDIENCE     with `authorization: bearer oidc-request-token` -> {"value": JWT}
The signature of the JWT is none; its claims are those of GitHub.
"""

import argparse
import base64
import collections
import contextlib
import json
import re
import socket
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import store
from store import Refusal

WRITES = {"POST", "PATCH", "PUT", "DELETE"}


class World:
    """All that is kept, and the harm that is still to be done."""

    def __init__(self):
        self.lock = threading.RLock()
        self.released = threading.Event()
        self.holds = collections.defaultdict(threading.Event)
        self.url = ""
        self.clear()

    def clear(self):
        with self.lock:
            self.released.set()
            self.released = threading.Event()
            self.store = store.Store(lambda: self.url)
            self.log, self.faults, self.budgets = [], [], {}
            self.tokens = {
                "ghs_actions": store.Identity("github-actions[bot]", "app", True),
                "ghs_fork": store.Identity("github-actions[bot]", "app", False),
                "ghs_app": store.Identity("ship-bot[bot]", "app", True),
                "ghp_person": store.Identity("octo-person", "person", True),
            }
            self.oidc_token, self.claims = "oidc-request-token", {}

    def take_fault(self, method, path):
        with self.lock:
            for fault in self.faults:
                if fault.get("method", "*") not in ("*", method) or not re.search(fault["path"], path):
                    continue
                fault["seen"] = fault.get("seen", 0) + 1
                first, count = fault.get("nth", 1), fault.get("count", 1)
                if fault["seen"] >= first and (count is None or fault["seen"] < first + count):
                    return fault["action"]
        return None

    def spend(self, token):
        """Counts a request; answers what is left, and when it begins anew."""
        with self.lock:
            left, reset = self.budgets.get(token, (5000, time.time() + 3600))
            if reset <= time.time():
                left, reset = 5000, time.time() + 3600
            self.budgets[token] = (left - 1, reset)
            return left - 1, int(reset) + 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    world = World()

    def do_any(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length else b""
        address = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        path = address.path.removeprefix("/api/v3").replace("/api/graphql", "/graphql")
        if path.startswith("/_control/"):
            self.control(path.removeprefix("/_control/"), query, body)
            return
        entry = {"method": self.command, "path": self.path, "status": None, "login": None, "body": parsed(body)}
        with self.world.lock:
            self.world.log.append(entry)
        fault = self.world.take_fault(self.command, self.path)
        released = self.world.released
        if fault and not self.harm_before(fault, entry, released):
            return
        status, headers, answer = self.serve(path, query, entry)
        if fault and not self.harm_after(fault, entry):
            return
        entry["status"] = status
        self.answer(status, headers, answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_any

    def harm_before(self, fault, entry, released):
        """Does what `fault` says before anything is done; answers whether the request is carried out."""
        action, _, rest = fault.partition(":")
        if action == "delay":
            time.sleep(int(rest) / 1000)
        elif action == "hold":
            with self.world.lock:
                held = self.world.holds[rest]
            held.wait()
        elif action == "hang":
            released.wait()
            self.drop()
            return False
        elif action == "drop":
            self.drop()
            return False
        elif action == "status":
            self.refuse(entry, int(rest), {}, "Injected by the test")
            return False
        elif action == "redirect":
            self.refuse(entry, 307, {"location": rest}, "Temporary Redirect")
            return False
        elif action == "primary":
            reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + int(rest))}
            self.refuse(entry, 403, reset, "API rate limit exceeded for installation ID 1.")
            return False
        elif action in ("secondary", "secondary-429"):
            status = 403 if action == "secondary" else 429
            text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            self.refuse(entry, status, {"retry-after": rest}, text)
            return False
        return True

    def harm_after(self, fault, entry):
        """Does what `fault` says when the request was carried out; answers whether its answer is given."""
        action, _, rest = fault.partition(":")
        if action == "delay-after":
            time.sleep(int(rest) / 1000)
        elif action == "drop-after":
            self.drop()
            return False
        elif action == "status-after":
            self.refuse(entry, int(rest), {}, "Injected by the test")
            return False
        return True

    def refuse(self, entry, status, headers, message):
        entry["status"] = status
        self.answer(status, headers, {"message": message, "documentation_url": "https://docs.github.com/rest"})

    def drop(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def serve(self, path, query, entry):
        """What GitHub answers: status, headers, body."""
        if path == "/_oidc/token":
            return self.oidc(query)
        try:
            if not self.headers.get("user-agent"):
                raise Refusal(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header")
            token = re.sub(r"(?i)^(bearer|token) ", "", self.headers.get("authorization", ""))
            if not token:
                raise Refusal(401, "Requires authentication")
            identity = self.world.tokens.get(token)
            if identity is None:
                raise Refusal(401, "Bad credentials")
            entry["login"] = identity.login
            left, reset = self.world.spend(token)
            headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": str(max(left, 0)), "x-ratelimit-reset": str(reset)}
            if left < 0:
                return 403, headers, {"message": f"API rate limit exceeded for {identity.login}."}
            with self.world.lock:
                status, links, answer = self.route(path, query, identity, entry["body"])
            if links:
                headers["link"] = links
            return status, headers, answer
        except Refusal as refusal:
            return refusal.status, {}, refusal.body()

    def route(self, path, query, identity, body):
        if path == "/graphql":
            return 200, None, self.world.store.graphql(identity, body)
        if path == "/user":
            return 200, None, self.world.store.user(identity)
        match = re.fullmatch(r"/repos/([^/]+)/([^/]+)(/.*)", path)
        if not match or match[1] == "nobody":
            raise Refusal(404, "Not Found")
        repository = self.world.store.repository(f"{match[1]}/{match[2]}")
        for method, pattern, handler in store.ROUTES:
            found = re.fullmatch(pattern, match[3])
            if found and method == self.command:
                if method in WRITES and not identity.write:
                    raise Refusal(403, "Resource not accessible by integration")
                if method in ("POST", "PATCH") and not isinstance(body, dict):
                    raise Refusal(400, "Problems parsing JSON")
                arguments = [unquote(group) for group in found.groups()]
                status, answer = handler(repository, identity, arguments, query if method == "GET" else body)
                if method == "GET" and isinstance(answer, list):
                    page, links = self.page(answer, query)
                    return status, links, page
                return status, None, answer
        raise Refusal(404, "Not Found")

    def page(self, items, query):
        """One page of a list, and the header that names the others."""
        size, number = number_of(query, "per_page", 30), number_of(query, "page", 1)
        size = min(size, 100)
        last = max(1, -(-len(items) // size))
        address = urlsplit(self.path)
        rest = [f"{name}={value}" for name, value in query.items() if name != "page"]
        names = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        wanted = (["prev", "first"] if number > 1 else []) + (["next", "last"] if number < last else [])
        links = [f'<{self.world.url}{address.path}?{"&".join([*rest, f"page={names[name]}"])}>; rel="{name}"' for name in wanted]
        return items[(number - 1) * size : number * size], ", ".join(links) or None

    def oidc(self, query):
        brought = re.sub(r"(?i)^bearer ", "", self.headers.get("authorization", ""))
        if brought != self.world.oidc_token:
            return 401, {}, {"message": "the token for requests of tokens is missing or wrong"}
        now = int(time.time())
        claims = {
            "jti": str(uuid.uuid4()),
            "iss": "https://token.actions.githubusercontent.com",
            "sub": "repo:acme/shop:ref:refs/heads/main",
            "aud": query.get("audience", "https://github.com/acme"),
            "repository": "acme/shop",
            "ref": "refs/heads/main",
            "iat": now,
            "nbf": now - 600,
            "exp": now + 300,
        }
        parts = [{"typ": "JWT", "alg": "RS256", "kid": "fake"}, claims | self.world.claims]
        value = ".".join([encoded(json.dumps(part).encode()) for part in parts] + [encoded(b"no signature")])
        return 200, {}, {"count": 1, "value": value}

    def control(self, name, query, body):
        told = json.loads(body) if body else {}
        with self.world.lock:
            handler = getattr(self, f"control_{name}", None)
            if handler is None:
                self.answer(404, {}, {"message": f"there is no control named {name}"})
                return
            answer = handler(told | query)
        self.answer(200, {}, answer if answer is not None else {})

    def control_token(self, told):
        kind, write = told.get("kind", "person"), told.get("write", True)
        self.world.tokens[told["token"]] = store.Identity(told["login"], kind, write)

    def control_budget(self, told):
        self.world.budgets[told["token"]] = (told["remaining"], time.time() + told.get("seconds", 3600))

    def control_pull(self, told):
        self.world.store.repository(told["repository"]).add_pull(told)

    def control_environment(self, told):
        self.world.store.repository(told["repository"]).add_environment(told)

    def control_issue(self, told):
        repository = self.world.store.repository(told["repository"])
        identity = store.Identity(told["login"], "app" if told["login"].endswith("[bot]") else "person", True)
        return {"number": repository.create_issue(identity, [], told)[1]["number"]}

    def control_comment(self, told):
        repository = self.world.store.repository(told["repository"])
        identity = store.Identity(told["login"], "app" if told["login"].endswith("[bot]") else "person", True)
        for _ in range(told.get("count", 1)):
            _, made = repository.create_comment(identity, [str(told["number"])], {"body": told["body"]})
        return {"id": made["id"]}

    def control_fault(self, told):
        self.world.faults.append(told)

    def control_oidc(self, told):
        self.world.oidc_token = told.get("token", self.world.oidc_token)
        self.world.claims = told.get("claims", {})

    def control_url(self, told):
        self.world.url = told["url"].rstrip("/")

    def control_release(self, told):
        self.world.holds[told["name"]].set()

    def control_reset(self, _):
        self.world.clear()

    def control_state(self, told):
        return self.world.store.repository(told["repository"]).dump()

    def control_log(self, told):
        wanted = f"/repos/{told['repository']}/" if "repository" in told else ""
        return [entry for entry in self.world.log if wanted in entry["path"]]

    def answer(self, status, headers, body):
        data = b"" if status == 204 else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} {self.responses.get(status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if status != 204:
            lines += ["content-type: application/json; charset=utf-8", f"content-length: {len(data)}"]
        try:
            self.wfile.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data)
        except OSError:
            # The client went away; that is its right.
            self.close_connection = True

    def log_message(self, form, *arguments):
        print(form % arguments, file=sys.stderr)


def parsed(body):
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


def number_of(query, name, default):
    try:
        return max(1, int(query.get(name, default)))
    except ValueError:
        return default


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url")
    arguments = parser.parse_args()
    server = Server(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    Handler.world.url = (arguments.url or f"http://127.0.0.1:{port}").rstrip("/")
    print(port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
