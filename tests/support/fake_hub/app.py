"""The calls, as a FastAPI application over a `Hub`."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import yaml
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from tests.support.fake_hub.faults import Faulty
from tests.support.fake_hub.repos import REGULAR_LIMIT, Entry, Hub, Repo, User, regular


class RefusedError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def make_app(hub: Hub) -> Any:
    """Return the ASGI application."""
    app = FastAPI(openapi_url=None)

    @app.exception_handler(RefusedError)
    async def refused(request: Request, error: RefusedError) -> Response:
        headers = {"X-Error-Message": error.message}
        if error.code:
            headers["X-Error-Code"] = error.code
        return JSONResponse({"error": error.message}, error.status, headers)

    @app.get("/api/whoami-v2")
    async def whoami(request: Request) -> Any:
        user = _user(hub, request)
        if user is None:
            raise RefusedError(401, "Invalid username or password.")
        orgs = [{"name": name} for name in user.namespaces or ()]
        token = {"displayName": "test", "role": user.role}
        return {"type": "user", "name": user.name, "orgs": orgs, "auth": {"accessToken": token}}

    @app.post("/api/repos/create")
    async def create(request: Request) -> Any:
        user, asked = _user(hub, request), await request.json()
        if user is None:
            raise RefusedError(401, "Invalid username or password.")
        namespace = asked.get("organization") or user.name
        if not user.may_write(namespace):
            raise RefusedError(
                403, f"You don't have the rights to create a dataset under {namespace}"
            )
        repo_id = f"{namespace}/{asked['name']}"
        url = f"{request.base_url}datasets/{repo_id}"
        if repo_id in hub.repos:
            document = {"error": "You already created this dataset repo", "url": url}
            return JSONResponse(document, 409)
        private = bool(asked.get("private")) or asked.get("visibility") == "private"
        hub.create(repo_id, private=private)
        return {"url": url, "name": repo_id, "id": repo_id}

    @app.post("/api/validate-yaml")
    async def validate(request: Request) -> Any:
        text = (await request.json())["content"]
        found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
        try:
            front = yaml.safe_load(found[1]) if found else {}
        except yaml.YAMLError as error:
            return JSONResponse({"errors": [{"message": str(error)}], "warnings": []}, 400)
        warnings = [] if front else [{"message": "empty or missing yaml metadata in repo card"}]
        return {"errors": [], "warnings": warnings}

    _reading(app, hub)
    _writing(app, hub)
    _lfs(app, hub)
    return Faulty(app, hub)


def _reading(app: FastAPI, hub: Hub) -> None:
    @app.get("/api/datasets/{ns}/{name}")
    @app.get("/api/datasets/{ns}/{name}/revision/{revision:path}")
    async def info(request: Request, ns: str, name: str, revision: str = "main") -> Any:
        repo = _readable(hub, request, ns, name)
        commit = _commit(repo, revision)
        return {
            "_id": "0" * 24,
            "id": repo.id,
            "author": ns,
            "sha": commit.oid,
            "private": repo.private,
            "gated": False,
            "disabled": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "lastModified": "2024-01-01T00:00:00.000Z",
            "createdAt": "2024-01-01T00:00:00.000Z",
            "siblings": [{"rfilename": path} for path in sorted(commit.files)],
        }

    @app.get("/api/datasets/{ns}/{name}/refs")
    async def refs(request: Request, ns: str, name: str) -> Any:
        repo = _readable(hub, request, ns, name)
        tags = [
            {"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid}
            for tag, oid in repo.tags.items()
        ]
        main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repo.head}
        return {"branches": [main], "converts": [], "tags": tags}

    @app.get("/api/datasets/{ns}/{name}/commits/{revision:path}")
    async def commits(request: Request, ns: str, name: str, revision: str) -> Any:
        repo = _readable(hub, request, ns, name)
        told, commit = [], _commit(repo, revision)
        while True:
            told.append(
                {
                    "id": commit.oid,
                    "title": commit.title,
                    "message": commit.message,
                    "date": "2024-01-01T00:00:00.000Z",
                    "authors": [],
                }
            )
            if commit.parent is None:
                return told
            commit = repo.commits[commit.parent]

    @app.get("/api/datasets/{ns}/{name}/tree/{rest:path}")
    async def tree(request: Request, ns: str, name: str, rest: str, recursive: bool = False) -> Any:
        repo = _readable(hub, request, ns, name)
        revision, _, folder = rest.partition("/")
        files = _commit(repo, revision).files
        inside = f"{folder.rstrip('/')}/" if folder else ""
        below = {path: entry for path, entry in files.items() if path.startswith(inside)}
        if folder and not below:
            raise RefusedError(404, f"{folder} does not exist on {revision}", "EntryNotFound")
        listed = []
        for path, entry in below.items():
            if recursive or "/" not in path[len(inside) :]:
                spoiled = hub.faults.take("tree", path, ("wrong_sha",)) is not None
                listed.append(_told(path, entry, spoiled=spoiled))
        listed += [
            {"type": "directory", "oid": "0" * 40, "size": 0, "path": path}
            for path in _folders(below, inside, recursive=recursive)
        ]
        return sorted(listed, key=lambda one: one["path"])

    @app.post("/api/datasets/{ns}/{name}/paths-info/{revision:path}")
    async def paths(request: Request, ns: str, name: str, revision: str) -> Any:
        from urllib.parse import parse_qs

        repo = _readable(hub, request, ns, name)
        body = await request.body()
        if request.headers.get("content-type", "").startswith("application/json"):
            asked = json.loads(body)["paths"]
        else:
            asked = parse_qs(body.decode())["paths"]
        files, told = _commit(repo, revision).files, []
        for path in asked:
            if path in files:
                told.append(_told(path, files[path]))
            elif any(one.startswith(f"{path}/") for one in files):
                told.append({"type": "directory", "oid": "0" * 40, "size": 0, "path": path})
        return told

    @app.api_route("/datasets/{ns}/{name}/resolve/{revision}/{path:path}", methods=["GET", "HEAD"])
    async def resolve(request: Request, ns: str, name: str, revision: str, path: str) -> Response:
        repo = _readable(hub, request, ns, name)
        commit = _commit(repo, revision)
        entry = commit.files.get(path)
        if entry is None:
            raise RefusedError(404, f"{path} does not exist on {revision}", "EntryNotFound")
        content = hub.read(entry)
        headers = {"X-Repo-Commit": commit.oid, "Accept-Ranges": "bytes"}
        if entry.content is None:
            headers |= {
                "ETag": f'"{entry.sha256}"',
                "X-Linked-ETag": f'"{entry.sha256}"',
                "X-Linked-Size": str(entry.size),
            }
        else:
            headers["ETag"] = f'"{entry.blob_id}"'
        is_get = request.method == "GET"
        if is_get and hub.faults.take("resolve", path, ("wrong_bytes",)):
            content = bytes([content[0] ^ 255]) + content[1:]
        return _ranged(request, content, headers)


def _writing(app: FastAPI, hub: Hub) -> None:
    @app.post("/api/datasets/{ns}/{name}/preupload/{revision:path}")
    async def preupload(request: Request, ns: str, name: str, revision: str) -> Any:
        repo = _writable(hub, request, ns, name)
        files = _commit(repo, revision).files
        told = []
        for asked in (await request.json())["files"]:
            path, there = asked["path"], files.get(asked["path"])
            lfs = path.endswith(".parquet") or asked["size"] > REGULAR_LIMIT
            oid = None
            if there:
                oid = there.sha256 if there.content is None else there.blob_id
            mode = "lfs" if lfs else "regular"
            told.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        return {"files": told}

    @app.post("/api/datasets/{ns}/{name}/commit/{revision:path}")
    async def commit(request: Request, ns: str, name: str, revision: str) -> Any:
        repo = _writable(hub, request, ns, name)
        lines = [json.loads(line) for line in (await request.body()).splitlines() if line]
        head, files = {}, dict(_commit(repo, revision).files)
        for line in lines:
            value = line["value"]
            match line["key"]:
                case "header":
                    head = value
                case "file":
                    files[value["path"]] = regular(base64.b64decode(value["content"]))
                case "lfsFile":
                    if value["oid"] not in hub.lfs:
                        raise RefusedError(400, f"LFS object {value['oid']} was never uploaded")
                    size = len(hub.lfs[value["oid"]])
                    files[value["path"]] = Entry(value["oid"], size)
                case "deletedFile":
                    if value["path"] not in files:
                        message = "A file with this name doesn't exist"
                        raise RefusedError(404, message, "EntryNotFound")
                    del files[value["path"]]
                case other:
                    raise RefusedError(400, f"unknown operation {other}")
        if head.get("parentCommit") not in {None, repo.head}:
            raise RefusedError(412, "A commit has happened since. Please refresh and try again.")
        made = repo.commit(files, head["summary"], head.get("description", ""))
        url = f"{request.base_url}datasets/{repo.id}/commit/{made.oid}"
        return {"success": True, "commitOid": made.oid, "commitUrl": url, "hookOutput": ""}

    @app.post("/api/datasets/{ns}/{name}/tag/{revision:path}")
    async def tag(request: Request, ns: str, name: str, revision: str) -> Any:
        repo = _writable(hub, request, ns, name)
        wanted = (await request.json())["tag"]
        target = _commit(repo, revision).oid
        if wanted in repo.tags:
            raise RefusedError(409, f"Tag {wanted} already exists")
        repo.tags[wanted] = target
        return Response(status_code=200)

    @app.delete("/api/datasets/{ns}/{name}/tag/{wanted}")
    async def untag(request: Request, ns: str, name: str, wanted: str) -> Any:
        repo = _writable(hub, request, ns, name)
        if repo.tags.pop(wanted, None) is None:
            raise RefusedError(404, f"Tag {wanted} does not exist", "RevisionNotFound")
        return Response(status_code=200)


def _lfs(app: FastAPI, hub: Hub) -> None:
    @app.post("/datasets/{ns}/{name}.git/info/lfs/objects/batch")
    async def batch(request: Request, ns: str, name: str) -> Any:
        _writable(hub, request, ns, name)
        base, told = str(request.base_url), []
        for asked in (await request.json())["objects"]:
            oid, size = asked["oid"], asked["size"]
            if oid in hub.lfs:
                told.append({"oid": oid, "size": size})
                continue
            upload: dict[str, Any] = {"href": f"{base}lfs/{oid}"}
            if size > hub.part_bytes:
                count = -(-size // hub.part_bytes)
                header = {str(n + 1): f"{base}lfs/{oid}/{n + 1}" for n in range(count)}
                upload = {
                    "href": f"{base}lfs/{oid}/complete",
                    "header": {"chunk_size": str(hub.part_bytes), **header},
                }
            verify = {"href": f"{base}lfs/verify"}
            told.append({"oid": oid, "size": size, "actions": {"upload": upload, "verify": verify}})
        return {"transfer": "basic", "objects": told}

    @app.put("/lfs/{oid}")
    async def put(request: Request, oid: str) -> Any:
        return _keep(hub, oid, await request.body())

    @app.put("/lfs/{oid}/{number}")
    async def part(request: Request, oid: str, number: int) -> Any:
        content = await request.body()
        hub.parts.setdefault(oid, {})[number] = content
        return Response(headers={"ETag": f'"{hashlib.md5(content).hexdigest()}"'})

    @app.post("/lfs/verify")
    async def verify(request: Request) -> Any:
        asked = await request.json()
        if len(hub.lfs.get(asked["oid"], b"")) != asked["size"]:
            raise RefusedError(404, "no such object")
        return {}

    @app.post("/lfs/{oid}/complete")
    async def complete(request: Request, oid: str) -> Any:
        wanted = [one["partNumber"] for one in (await request.json())["parts"]]
        parts = hub.parts.pop(oid)
        return _keep(hub, oid, b"".join(parts[number] for number in wanted))


def _keep(hub: Hub, oid: str, content: bytes) -> Any:
    if hashlib.sha256(content).hexdigest() != oid:
        raise RefusedError(400, f"the bytes are not those of {oid}")
    hub.lfs[oid] = content
    return {}


def _user(hub: Hub, request: Request) -> User | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind != "Bearer" or not token:
        return None
    if hub.users is None:
        return User("you", None)
    if token not in hub.users:
        raise RefusedError(401, "Invalid credentials in Authorization header")
    return hub.users[token]


def _readable(hub: Hub, request: Request, ns: str, name: str) -> Repo:
    user, repo = _user(hub, request), hub.repos.get(f"{ns}/{name}")
    hidden = repo is not None and repo.private and not (user and user.may_write(ns))
    if repo is None or hidden:
        status = 404 if user else 401
        raise RefusedError(status, "Repository not found", "RepoNotFound")
    return repo


def _writable(hub: Hub, request: Request, ns: str, name: str) -> Repo:
    repo, user = _readable(hub, request, ns, name), _user(hub, request)
    if user is None:
        raise RefusedError(401, "Invalid username or password.")
    if not user.may_write(ns):
        raise RefusedError(403, "Forbidden: pass `create_pr=1` as a query parameter")
    return repo


def _commit(repo: Repo, revision: str) -> Any:
    found = repo.resolve(revision)
    if found is None:
        raise RefusedError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    return found


def _told(path: str, entry: Entry, *, spoiled: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "file",
        "path": path,
        "oid": "1" * 40 if spoiled else entry.blob_id,
        "size": entry.size,
    }
    if entry.content is None:
        sha256 = "0" * 64 if spoiled else entry.sha256
        told["lfs"] = {"oid": sha256, "size": entry.size, "pointerSize": 130}
    return told


def _folders(files: dict[str, Entry], inside: str, *, recursive: bool) -> set[str]:
    found = set()
    for path in files:
        parts = path[len(inside) :].split("/")[:-1]
        for depth in range(1, len(parts) + 1 if recursive else min(len(parts), 1) + 1):
            found.add(inside + "/".join(parts[:depth]))
    return found


def _ranged(request: Request, content: bytes, headers: dict[str, str]) -> Response:
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    size = len(content)
    if wanted is None:
        headers["Content-Length"] = str(size)
        body = content if request.method == "GET" else b""
        return Response(body, headers=headers, media_type="application/octet-stream")
    first, last = wanted[1], wanted[2]
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= size:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    body = content[start:stop] if request.method == "GET" else b""
    return Response(body, 206, headers, media_type="application/octet-stream")
