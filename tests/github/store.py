"""What the fake GitHub keeps, and what it does when it is asked. Rules that GitHub's description does not tell are here."""

import re
from dataclasses import dataclass

import shapes

LONGEST_BODY = 65_536
LONGEST_DESCRIPTION = 140


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status, message, errors=None):
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors

    def body(self):
        more = {"errors": self.errors} if self.errors else {}
        return {"message": self.message, **more, "documentation_url": "https://docs.github.com/rest", "status": str(self.status)}


@dataclass
class Identity:
    """Who asks."""

    login: str
    # `app` or `person`.
    kind: str
    write: bool


class Store:
    """All repositories."""

    def __init__(self, url):
        self.url = url
        self.repositories = {}
        # Ids rise over all repositories, as on GitHub.
        self.last = 1000

    def next(self):
        self.last += 1
        return self.last

    def repository(self, name):
        return self.repositories.setdefault(name.lower(), Repository(self, name))

    def user(self, identity):
        if identity.kind == "app":
            raise Refusal(403, "Resource not accessible by integration")
        return shapes.person(self.url(), identity.login)

    def graphql(self, identity, body):
        query = body.get("query", "") if isinstance(body, dict) else ""
        if re.sub(r"\s+", "", query).removeprefix("query") != "{viewer{login}}":
            return {"errors": [{"message": "Parse error: only `{viewer{login}}` is known here"}]}
        return {"data": {"viewer": {"login": identity.login}}}


class Repository:
    """One repository."""

    def __init__(self, store, name):
        self.store, self.name = store, name
        self.issues, self.pulls, self.comments = {}, {}, {}
        self.deployments, self.statuses, self.environments = {}, {}, {}

    def url(self):
        return self.store.url()

    def dump(self):
        def of(number):
            return [entry for entry in self.comments.values() if entry["issue_url"].endswith(f"/issues/{number}")]

        return {
            "issues": list(self.issues.values()),
            "comments": {str(number): of(number) for number in self.issues},
            "deployments": list(self.deployments.values()),
            "statuses": {str(number): made for number, made in self.statuses.items()},
        }

    def add_pull(self, told):
        number, owner = told["number"], Identity(told.get("login", "octo-person"), "person", True)
        issue = shapes.issue(self.url(), self.name, number, owner, {"title": told.get("title", f"Change {number}")})
        page = f"{self.url()}/repos/{self.name}/pulls/{number}"
        web = f"https://github.com/{self.name}/pull/{number}"
        links = {"url": page, "html_url": web, "diff_url": f"{web}.diff", "patch_url": f"{web}.patch"}
        more = {"state": told.get("state", "open"), "locked": told.get("locked", False), "html_url": web}
        self.issues[number] = issue | more | {"pull_request": links | {"merged_at": None}}
        self.pulls[number] = told

    def add_environment(self, told):
        made = shapes.environment(self.url(), self.name, told["name"], told.get("reviewers", []))
        self.environments[told["name"]] = made

    def get_environment(self, _, arguments, __):
        found = self.environments.get(arguments[0])
        if not found:
            raise Refusal(404, "Not Found")
        return 200, found

    def issue(self, number):
        found = self.issues.get(int(number))
        if not found:
            raise Refusal(404, "Not Found")
        return found

    def comment(self, key):
        found = self.comments.get(int(key))
        if not found:
            raise Refusal(404, "Not Found")
        return found

    def list_comments(self, _, arguments, __):
        page = self.issue(arguments[0])["url"]
        return 200, [made for made in self.comments.values() if made["issue_url"] == page]

    def create_comment(self, identity, arguments, body):
        issue = self.issue(arguments[0])
        if issue["locked"]:
            raise Refusal(403, "Unable to create comment because issue is locked.")
        text, key = checked_body(body, "IssueComment"), self.store.next()
        place = {"number": issue["number"], "page": "pull" if "pull_request" in issue else "issues"}
        self.comments[key] = shapes.comment(self.url(), self.name, place, key, identity, text)
        issue["comments"] += 1
        return 201, self.comments[key]

    def get_comment(self, _, arguments, __):
        return 200, self.comment(arguments[0])

    def update_comment(self, _, arguments, body):
        found = self.comment(arguments[0])
        found |= {"body": checked_body(body, "IssueComment"), "updated_at": shapes.now()}
        return 200, found

    def delete_comment(self, _, arguments, __):
        found = self.comment(arguments[0])
        self.issue(found["issue_url"].rpartition("/")[2])["comments"] -= 1
        del self.comments[found["id"]]
        return 204, None

    def list_issues(self, _, __, query):
        state, creator = query.get("state", "open"), query.get("creator")
        labels = set(filter(None, query.get("labels", "").split(",")))

        def fits(issue):
            names = {label["name"] for label in issue["labels"]}
            by = creator is None or issue["user"]["login"].lower() == creator.lower()
            return state in ("all", issue["state"]) and by and labels <= names

        return 200, [issue for issue in reversed(self.issues.values()) if fits(issue)]

    def create_issue(self, identity, _, body):
        if not str(body.get("title") or "").strip():
            raise invalid("Issue", "missing_field", "title")
        if body.get("body"):
            checked_body(body, "Issue")
        number = max(self.issues, default=0) + 1
        self.issues[number] = shapes.issue(self.url(), self.name, number, identity, body)
        return 201, self.issues[number]

    def get_issue(self, _, arguments, __):
        return 200, self.issue(arguments[0])

    def update_issue(self, _, arguments, body):
        found = self.issue(arguments[0])
        if body.get("body"):
            checked_body(body, "Issue")
        found |= {name: body[name] for name in ("title", "body", "state", "state_reason") if name in body}
        found |= {"updated_at": shapes.now(), "closed_at": shapes.now() if found["state"] == "closed" else None}
        return 200, found

    def list_pulls(self, _, __, query):
        state = query.get("state", "open")
        told = [pull for pull in reversed(self.pulls.values()) if state in ("all", self.issues[pull["number"]]["state"])]
        return 200, [self.pull(one) for one in told]

    def pulls_of_commit(self, _, arguments, __):
        # A commit that is only in a fork is not known here.
        told = [pull for pull in self.pulls.values() if pull["head"] == arguments[0]]
        return 200, [self.pull(one) for one in told if one.get("head_repository", self.name) == self.name]

    def pull(self, told):
        return shapes.pull(self.url(), self.name, told, self.issues[told["number"]]["state"])

    def list_deployments(self, _, __, query):
        wanted = {name: query[name] for name in ("sha", "ref", "task", "environment") if name in query}
        made = [one for one in self.deployments.values() if all(one[name] == value for name, value in wanted.items())]
        return 200, made[::-1]

    def create_deployment(self, identity, _, body):
        ref = body.get("ref", "")
        if not re.fullmatch(r"[0-9a-f]{40}", ref):
            raise Refusal(422, f"No ref found for: {ref}")
        if body.get("auto_merge", True):
            return 202, {"message": f"Auto-merged main into {ref} on deployment."}
        if body.get("required_contexts") != []:
            raise Refusal(409, f"Conflict: Commit status checks failed for {ref}.")
        checked_description(body)
        key = self.store.next()
        self.deployments[key] = shapes.deployment(self.url(), self.name, key, identity, body)
        self.statuses[key] = []
        return 201, self.deployments[key]

    def get_deployment(self, _, arguments, __):
        found = self.deployments.get(int(arguments[0]))
        if not found:
            raise Refusal(404, "Not Found")
        return 200, found

    def list_statuses(self, identity, arguments, _):
        _, made = self.get_deployment(identity, arguments, {})
        return 200, self.statuses[made["id"]][::-1]

    def create_status(self, identity, arguments, body):
        _, made = self.get_deployment(identity, arguments, {})
        checked_description(body)
        status = shapes.status(self.url(), self.name, made, self.store.next(), identity, body)
        if body["state"] == "success" and body.get("auto_inactive", True):
            self.retire(made, identity)
        self.statuses[made["id"]].append(status)
        return 201, status

    def retire(self, made, identity):
        """A success makes what was deployed before to the same environment inactive, unless it is production."""
        for other in self.deployments.values():
            lasting = other["transient_environment"] or other["production_environment"]
            if other["id"] < made["id"] and other["environment"] == made["environment"] and not lasting:
                told = {"state": "inactive"}
                status = shapes.status(self.url(), self.name, other, self.store.next(), identity, told)
                self.statuses[other["id"]].append(status)


def invalid(resource, code, field, message=None):
    error = {"resource": resource, "code": code, "field": field} | ({"message": message} if message else {})
    return Refusal(422, "Validation Failed", [error])


def checked_body(body, resource):
    text = body.get("body")
    if not isinstance(text, str) or not text.strip():
        raise invalid(resource, "missing_field", "body")
    # Characters, not bytes, as its message says.
    if len(text) > LONGEST_BODY:
        raise invalid(resource, "unprocessable", "data", f"Body is too long (maximum is {LONGEST_BODY} characters)")
    return text


def checked_description(body):
    if len(body.get("description") or "") > LONGEST_DESCRIPTION:
        raise invalid("Deployment", "custom", "description", "description is too long (maximum is 140 characters)")


ROUTES = [
    ("GET", r"/issues/(\d+)/comments", Repository.list_comments),
    ("POST", r"/issues/(\d+)/comments", Repository.create_comment),
    ("GET", r"/issues/comments/(\d+)", Repository.get_comment),
    ("PATCH", r"/issues/comments/(\d+)", Repository.update_comment),
    ("DELETE", r"/issues/comments/(\d+)", Repository.delete_comment),
    ("GET", r"/issues", Repository.list_issues),
    ("POST", r"/issues", Repository.create_issue),
    ("GET", r"/issues/(\d+)", Repository.get_issue),
    ("PATCH", r"/issues/(\d+)", Repository.update_issue),
    ("GET", r"/pulls", Repository.list_pulls),
    ("GET", r"/commits/([^/]+)/pulls", Repository.pulls_of_commit),
    ("GET", r"/deployments", Repository.list_deployments),
    ("POST", r"/deployments", Repository.create_deployment),
    ("GET", r"/deployments/(\d+)", Repository.get_deployment),
    ("GET", r"/environments/([^/]+)", Repository.get_environment),
    ("GET", r"/deployments/(\d+)/statuses", Repository.list_statuses),
    ("POST", r"/deployments/(\d+)/statuses", Repository.create_status),
]
