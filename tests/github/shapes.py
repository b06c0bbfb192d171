"""The JSON of GitHub's answers, with every member that its description requires."""

import hashlib
from datetime import datetime, timezone
from urllib.parse import quote

REPOSITORY_PAGES = [
    "archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare", "contents",
    "contributors", "deployments", "downloads", "events", "forks", "git_commits", "git_refs", "git_tags", "hooks",
    "issue_comment", "issue_events", "issues", "keys", "labels", "languages", "merges", "milestones", "notifications",
    "pulls", "releases", "stargazers", "statuses", "subscribers", "subscription", "tags", "teams", "trees",
]  # fmt: skip


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def number(text):
    """A number that stands for `text`, always the same."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def node(kind, value):
    return f"{kind}_{number(f'{kind} {value}'):08x}"


def user(url, login):
    """A simple user; a name that ends with [bot] is an App's."""
    page = f"{url}/users/{quote(login)}"
    pages = ["followers", "organizations", "received_events", "repos", "subscriptions"]
    more = {"events_url": f"{page}/events{{/privacy}}", "following_url": f"{page}/following{{/other_user}}"}
    more |= {"gists_url": f"{page}/gists{{/gist_id}}", "starred_url": f"{page}/starred{{/owner}}{{/repo}}"}
    names = {"followers": "followers", "organizations": "orgs", "received_events": "received_events"}
    return {f"{name}_url": f"{page}/{names.get(name, name)}" for name in pages} | more | {
        "login": login,
        "id": number(login),
        "node_id": node("U", login),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number(login)}",
        "gravatar_id": "",
        "html_url": f"https://github.com/{login.removesuffix('[bot]')}",
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
        "url": page,
    }


def person(url, login):
    """What GET /user answers about a person."""
    return user(url, login) | {
        "name": login, "company": None, "blog": None, "location": None, "email": None, "hireable": None, "bio": None,
        "twitter_username": None, "public_repos": 1, "public_gists": 0, "followers": 0, "following": 0,
        "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
    }  # fmt: skip


def app(url, login):
    """The App that something was done through."""
    slug = login.removesuffix("[bot]")
    return {
        "id": number(slug),
        "slug": slug,
        "node_id": node("A", slug),
        "client_id": f"Iv1.{number(slug):016x}",
        "owner": user(url, "github"),
        "name": slug,
        "description": "",
        "external_url": "https://example.com",
        "html_url": f"https://github.com/apps/{slug}",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "permissions": {"issues": "write"},
        "events": [],
    }


def through(url, identity):
    return app(url, identity.login) if identity.kind == "app" else None


def comment(url, name, issue, key, identity, body):
    return {
        "id": key,
        "node_id": node("IC", key),
        "url": f"{url}/repos/{name}/issues/comments/{key}",
        "html_url": f"https://github.com/{name}/{issue['page']}/{issue['number']}#issuecomment-{key}",
        "issue_url": f"{url}/repos/{name}/issues/{issue['number']}",
        "user": user(url, identity.login),
        "created_at": now(),
        "updated_at": now(),
        "author_association": "NONE",
        "body": body,
        "performed_via_github_app": through(url, identity),
        "reactions": reactions(f"{url}/repos/{name}/issues/comments/{key}/reactions"),
    }


def reactions(page):
    names = ["+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket"]
    return {"url": page, "total_count": 0} | dict.fromkeys(names, 0)


def issue(url, name, key, identity, told):
    page = f"{url}/repos/{name}/issues/{key}"
    return {
        "id": number(page),
        "node_id": node("I", page),
        "url": page,
        "repository_url": f"{url}/repos/{name}",
        "labels_url": f"{page}/labels{{/name}}",
        "comments_url": f"{page}/comments",
        "events_url": f"{page}/events",
        "html_url": f"https://github.com/{name}/issues/{key}",
        "number": key,
        "state": "open",
        "state_reason": None,
        "title": told["title"],
        "body": told.get("body"),
        "user": user(url, identity.login),
        "labels": [label(url, name, text) for text in told.get("labels", [])],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "active_lock_reason": None,
        "comments": 0,
        "closed_at": None,
        "created_at": now(),
        "updated_at": now(),
        "author_association": "NONE",
        "performed_via_github_app": through(url, identity),
    }


def label(url, name, text):
    page = f"{url}/repos/{name}/labels/{text}"
    about = {"name": text, "description": None, "color": "ededed", "default": False}
    return {"id": number(page), "node_id": node("LA", page), "url": page} | about


def deployment(url, name, key, identity, told):
    page = f"{url}/repos/{name}/deployments/{key}"
    return {
        "url": page,
        "id": key,
        "node_id": node("DE", key),
        "sha": told["ref"],
        "ref": told["ref"],
        "task": told.get("task", "deploy"),
        "payload": told.get("payload", ""),
        "original_environment": told.get("environment", "production"),
        "environment": told.get("environment", "production"),
        "description": told.get("description"),
        "creator": user(url, identity.login),
        "created_at": now(),
        "updated_at": now(),
        "statuses_url": f"{page}/statuses",
        "repository_url": f"{url}/repos/{name}",
        "transient_environment": told.get("transient_environment", False),
        "production_environment": told.get("production_environment", told.get("environment") in (None, "production")),
        "performed_via_github_app": through(url, identity),
    }


def status(url, name, made, key, identity, told):
    page = f"{url}/repos/{name}/deployments/{made['id']}"
    log = told.get("log_url") or told.get("target_url") or ""
    return {
        "url": f"{page}/statuses/{key}",
        "id": key,
        "node_id": node("DES", key),
        "state": told["state"],
        "creator": user(url, identity.login),
        "description": told.get("description", ""),
        "environment": told.get("environment", made["environment"]),
        "target_url": log,
        "log_url": log,
        "environment_url": told.get("environment_url", ""),
        "created_at": now(),
        "updated_at": now(),
        "deployment_url": page,
        "repository_url": f"{url}/repos/{name}",
        "performed_via_github_app": through(url, identity),
    }


def environment(url, name, called, reviewers):
    """An environment for the default branch alone; a rule for reviewers is there only if there are some."""
    page = f"{url}/repos/{name}/environments/{quote(called)}"
    people = [{"type": "User", "reviewer": user(url, login)} for login in reviewers]
    asked = {"prevent_self_review": True, "type": "required_reviewers", "reviewers": people}
    rules = [{"type": "branch_policy"}] + ([asked] if people else [])
    return {
        "id": number(page),
        "node_id": node("EN", page),
        "name": called,
        "url": page,
        "html_url": f"https://github.com/{name}/deployments/activity_log?environments_filter={quote(called)}",
        "created_at": now(),
        "updated_at": now(),
        "can_admins_bypass": False,
        "protection_rules": [{"id": number(page) + at, "node_id": node("GA", f"{page} {at}")} | rule for at, rule in enumerate(rules)],
        "deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False},
    }


def repository(url, name):
    """A repository as a branch of a pull request names it."""
    owner, short = name.split("/")
    page, web = f"{url}/repos/{name}", f"https://github.com/{name}"
    counts = ["forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count", "watchers"]
    flags = ["has_downloads", "has_issues", "has_pages", "has_projects", "has_wiki"]
    more = {f"{part}_url": f"{page}/{part}" for part in REPOSITORY_PAGES}
    more |= dict.fromkeys([*counts, "watchers_count"], 0) | dict.fromkeys(flags, True)
    return more | {
        "id": number(name), "node_id": node("R", name), "name": short, "full_name": name, "owner": user(url, owner),
        "private": False, "html_url": web, "description": None, "fork": False, "url": page,
        "clone_url": f"{web}.git", "git_url": f"git://github.com/{name}.git", "ssh_url": f"git@github.com:{name}.git",
        "svn_url": web, "default_branch": "main", "homepage": None, "language": None, "archived": False,
        "disabled": False, "mirror_url": None, "license": None, "pushed_at": now(), "created_at": now(),
        "updated_at": now(), "visibility": "public",
    }  # fmt: skip


def pull(url, name, told, state):
    """A pull request in a list. `state` is that of its issue."""
    key = told["number"]
    page, web = f"{url}/repos/{name}/pulls/{key}", f"https://github.com/{name}/pull/{key}"
    issue_page = f"{url}/repos/{name}/issues/{key}"
    pages = {
        "comments": f"{issue_page}/comments", "commits": f"{page}/commits", "html": web, "issue": issue_page,
        "review_comment": f"{page}/comments{{/number}}", "review_comments": f"{page}/comments", "self": page,
        "statuses": f"{url}/repos/{name}/statuses/{told['head']}",
    }  # fmt: skip
    more = {f"{part}_url": pages[part] for part in ["comments", "commits", "review_comment", "review_comments", "statuses"]}
    return more | {
        "url": page, "id": number(page), "node_id": node("PR", page), "html_url": web, "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch", "issue_url": issue_page, "number": key, "state": state, "locked": False,
        "title": told.get("title", f"Change {key}"), "user": user(url, told.get("login", "octo-person")), "body": None,
        "created_at": now(), "updated_at": now(), "closed_at": None, "merged_at": None, "merge_commit_sha": None,
        "assignee": None, "assignees": [], "requested_reviewers": [], "requested_teams": [], "labels": [],
        "milestone": None, "draft": False, "author_association": "NONE", "auto_merge": None,
        "head": branch(url, told.get("head_repository", name), told.get("branch", "feature"), told["head"]),
        "base": branch(url, name, "main", "0" * 40),
        "_links": {part: {"href": value} for part, value in pages.items()},
    }  # fmt: skip


def branch(url, name, ref, commit):
    owner = name.split("/")[0]
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": commit,
        "user": user(url, owner),
        "repo": repository(url, name),
    }
