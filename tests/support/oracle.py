"""Judges requests and answers on the wire by AWS's own service models, as botocore ships them.

In: the parts of an HTTP exchange. Out: the operation's name and a list of texts, one for each way in which the
exchange is not what the model says. It sends nothing and keeps nothing but the loaded models.
"""

import base64
import binascii
import functools
import gzip
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.parsers
import botocore.session

SERVICES = ("lambda", "sts", "iam", "logs", "ssm", "secretsmanager", "scheduler", "cloudwatch", "s3")
# Those whose operations are told by method and path.
REST_SERVICES = ("lambda", "scheduler")

# Any operation may answer these; the models leave them out.
COMMON_ERRORS = {
    "AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature",
    "InternalFailure", "InternalServerError", "InvalidClientTokenId", "InvalidSignatureException",
    "MissingAuthenticationToken", "MissingAuthenticationTokenException", "OptInRequired", "RequestExpired",
    "ServiceUnavailable", "ServiceUnavailableException", "SignatureDoesNotMatch", "Throttling",
    "ThrottlingException", "TooManyRequestsException", "UnknownOperationException",
    "UnrecognizedClientException", "ValidationError", "ValidationException",
}

# S3's model names next to none of its errors; these are of its "List of error codes".
S3_ERRORS = {
    "AuthorizationHeaderMalformed", "BadDigest", "BucketAlreadyExists", "BucketAlreadyOwnedByYou", "BucketNotEmpty",
    "ConditionalRequestConflict", "EntityTooLarge", "EntityTooSmall", "IncompleteBody", "InternalError",
    "InvalidAccessKeyId", "InvalidArgument", "InvalidBucketName", "InvalidDigest", "InvalidPart", "InvalidPartOrder",
    "InvalidRange", "InvalidRequest", "KeyTooLongError", "MalformedXML", "MethodNotAllowed", "MissingContentLength",
    "NoSuchBucket", "NoSuchKey", "NoSuchUpload", "NoSuchVersion", "NotImplemented", "OperationAborted",
    "PermanentRedirect", "PreconditionFailed", "RequestTimeTooSkewed", "RequestTimeout", "SlowDown",
    "XAmzContentSHA256Mismatch",
}

# AWS itself answers these, whatever its model says: an update under way has the reason of a creation.
BEYOND_THE_MODEL = {("LastUpdateStatusReasonCode", "Creating")}

# Lambda's model calls its times strings; AWS writes all of them like this.
LAMBDA_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")


@dataclass
class Request:
    """A request as it came: `path` with its query string, header names in lower case, the whole body."""

    method: str
    path: str
    headers: dict
    body: bytes


@dataclass
class Answer:
    """An answer as it came: header names in lower case, the whole body."""

    status: int
    headers: dict
    body: bytes


@functools.cache
def service(name):
    return botocore.session.get_session().get_service_model(name)


@functools.cache
def routes(name):
    """REST operations as (method, pattern of the path, constant query, operation), most literal first."""
    found = []
    for operation_name in service(name).operation_names:
        operation = service(name).operation_model(operation_name)
        uri, _, query = operation.http["requestUri"].partition("?")
        pattern = "".join(
            f"(?P<{part[1:-1].rstrip('+')}>.+)" if part.endswith("+}")
            else f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{")
            else re.escape(part)
            for part in re.split(r"(\{[^}]+\})", uri.rstrip("/"))
        )
        found.append((operation.http["method"], re.compile(pattern + "/?"), query, operation))
    return sorted(found, key=lambda route: (route[1].groups, -len(route[1].pattern)))


def identify(request):
    """The operation model that `request` calls and its path labels, or (None, {})."""
    url = urlsplit(request.path)
    # Any path could be a bucket's; it is the signature that says which service is meant.
    if "/s3/aws4_request" in request.headers.get("authorization", ""):
        return identify_s3(request, url)
    procedure = re.fullmatch(r"/service/([^/]+)/operation/([^/]+)", url.path)
    if procedure and protocol_of(None, request) == "cbor":
        return by_target(*procedure.groups()), {}
    target = request.headers.get("x-amz-target")
    if target:
        prefix, _, name = target.rpartition(".")
        return by_target(prefix, name), {}
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        for service_name in ("sts", "iam"):
            model = service(service_name)
            if form.get("Version") == model.api_version and form.get("Action") in model.operation_names:
                return model.operation_model(form["Action"]), {}
        return None, {}
    for method, pattern, query, operation in (route for name in REST_SERVICES for route in routes(name)):
        labels = pattern.fullmatch(url.path)
        if method == request.method and labels and (not query or query in url.query):
            return operation, {name: unquote(value) for name, value in labels.groupdict().items()}
    return None, {}


def identify_s3(request, url):
    """Several operations share a method and a path; what they cannot do without tells them apart."""
    sent = {name for name, _ in parse_qsl(url.query, keep_blank_values=True)}
    found = []
    for method, pattern, query, operation in routes("s3"):
        labels = pattern.fullmatch(url.path)
        if method != request.method or not labels:
            continue
        constant = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
        members = operation.input_shape.members if operation.input_shape else {}
        required = [members[name].serialization for name in operation.input_shape.metadata.get("required", ())] if members else []
        needed = constant | {it["name"] for it in required if it.get("location") == "querystring"}
        headers = {it["name"].lower() for it in required if it.get("location") == "header"}
        if needed <= sent and headers <= request.headers.keys():
            found.append((len(needed) + len(headers), -len(labels.groups()), operation.name, operation, labels))
    if not found:
        return None, {}
    # With the key in the path the bucket alone does not match, so the most specific is the right one.
    *_, operation, labels = max(found, key=lambda route: (route[0], route[1], route[2] == "ListObjects"))
    return operation, {name: unquote(value) for name, value in labels.groupdict().items()}


def by_target(prefix, name):
    for service_name in SERVICES:
        model = service(service_name)
        if model.metadata.get("targetPrefix") == prefix and name in model.operation_names:
            return model.operation_model(name)
    return None


def protocol_of(operation, request):
    """What the exchange speaks: a service can have several protocols, and the request says which it is."""
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "cbor"
    if "x-amz-target" in request.headers:
        return "json"
    return operation.service_model.metadata["protocol"] if operation else "rest-json"


def judge_request(operation, labels, request):
    """What is wrong with `request` as a call of `operation`."""
    faults = []
    protocol = protocol_of(operation, request)
    if operation.input_shape is None:
        return faults
    if protocol == "query":
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        tree = form_tree([pair for pair in pairs if pair[0] not in ("Action", "Version")])
        value = from_form(operation.input_shape, tree, "", faults)
    elif protocol == "cbor":
        value = from_cbor(operation.input_shape, unpacked(request), faults)
        if request.headers.get("content-type") != "application/cbor":
            faults.append(f"content-type is {request.headers.get('content-type')}, not application/cbor")
    elif protocol == "json":
        value = from_json(operation.input_shape, parse_json(unpacked(request) or b"{}", faults), "", faults)
        expected = f"application/x-amz-json-{operation.service_model.metadata['jsonVersion']}"
        if request.headers.get("content-type") != expected:
            faults.append(f"content-type is {request.headers.get('content-type')}, not {expected}")
    else:
        value = rest_request(operation, labels, request, faults)
    check(operation.input_shape, value, "", faults)
    return faults


def rest_request(operation, labels, request, faults):
    shape, value = operation.input_shape, {}
    query = parse_qsl(urlsplit(request.path).query, keep_blank_values=True)
    constant = {name for name, _ in parse_qsl(operation.http["requestUri"].partition("?")[2], keep_blank_values=True)}
    known = set(constant)
    for name, member in shape.members.items():
        where, wire = member.serialization.get("location"), member.serialization.get("name", name)
        if where == "uri":
            value[name] = from_text(member, labels.get(wire, ""), name, faults)
        elif where == "header" and wire.lower() in request.headers:
            value[name] = from_text(member, request.headers[wire.lower()], name, faults)
        elif where == "querystring":
            known.add(wire)
            texts = [text for key, text in query if key == wire]
            if texts and member.type_name == "list":
                value[name] = [from_text(member.member, text, name, faults) for text in texts]
            elif texts:
                value[name] = from_text(member, texts[0], name, faults)
    if operation.service_model.metadata["protocol"] == "rest-xml":
        # AWS's SDKs name the operation too.
        known.add("x-id")
        value.update(xml_body(shape, request.body, True, faults))
    else:
        value.update(rest_body(shape, request.body, True, faults))
    faults.extend(f"unknown query parameter {key}" for key, _ in query if key not in known)
    return value


def xml_body(shape, body, strict, faults):
    """The members of `shape` that travel in an XML body."""
    payload = shape.serialization.get("payload")
    member = shape.members[payload] if payload else None
    if member is not None and member.type_name in ("blob", "string"):
        return {payload: body} if body else {}
    if member is None and all("location" in member.serialization for member in shape.members.values()):
        if strict and body.strip():
            faults.append("a body where the model has none")
        return {}
    if not body.strip():
        return {}
    root = parse_xml(body, faults)
    if root is None:
        return {}
    if member is None:
        return from_xml(shape, root, "", strict, faults)
    name = member.serialization.get("name", payload)
    if strict and root.tag != name:
        faults.append(f"root element is {root.tag}, not {name}")
    return {payload: from_xml(member, root, payload, strict, faults)}


def parse_xml(body, faults):
    """The root of `body`, its names without namespaces."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        faults.append(f"body is not XML: {error}")
        return None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def rest_body(shape, body, strict, faults):
    """The members of `shape` that travel in the body."""
    payload = shape.serialization.get("payload")
    if payload:
        member = shape.members[payload]
        if member.type_name in ("blob", "string"):
            return {payload: body} if body else {}
        return {payload: from_json(member, parse_json(body or b"{}", faults), payload, faults, strict)}
    inside = {name for name, member in shape.members.items() if "location" not in member.serialization}
    if not inside:
        if strict and body.strip() not in (b"", b"{}"):
            faults.append("a body where the model has none")
        return {}
    return from_json(shape, parse_json(body or b"{}", faults), "", faults, strict, inside)


def judge_answer(operation, request, answer, strict):
    """What is wrong with `answer`; with `strict` also what only AWS itself can be held to."""
    faults = []
    if strict and not any(name in answer.headers for name in ("x-amzn-requestid", "x-amz-request-id")):
        faults.append("no x-amzn-requestid header")
    protocol = protocol_of(operation, request)
    if strict and protocol == "cbor" and answer.headers.get("smithy-protocol") != "rpc-v2-cbor":
        faults.append("no smithy-protocol header")
    if answer.status >= 300:
        # The answer to a HEAD has no body, and so no code.
        if request.method != "HEAD":
            judge_error(operation, protocol, answer, strict, faults)
        return faults
    shape = operation.output_shape
    by_member = shape is not None and any(
        member.serialization.get("location") == "statusCode" for member in shape.members.values()
    )
    expected = operation.http.get("responseCode", 200)
    if answer.status == 206 and "range" in request.headers:
        expected = 206
    if strict and answer.status != expected and not by_member:
        faults.append(f"status {answer.status}, not {expected}")
    if shape is None:
        return faults
    if protocol == "query":
        value = from_xml_answer(operation, answer.body, strict, faults)
    elif protocol == "cbor":
        value = from_cbor(shape, answer.body, faults, strict)
    elif protocol == "json":
        value = from_json(shape, parse_json(answer.body or b"{}", faults), "", faults, strict)
    else:
        value = rest_answer(operation, request, answer, strict, faults)
    check(shape, value, "", faults, strict)
    return faults


def rest_answer(operation, request, answer, strict, faults):
    shape, value = operation.output_shape, {}
    for name, member in shape.members.items():
        where, wire = member.serialization.get("location"), member.serialization.get("name", name).lower()
        if where == "statusCode":
            value[name] = answer.status
        elif where == "header" and wire in answer.headers:
            value[name] = from_text(member, answer.headers[wire], name, faults)
    if operation.service_model.metadata["protocol"] == "rest-xml":
        if request.method != "HEAD":
            value.update(xml_body(shape, answer.body, strict, faults))
    else:
        value.update(rest_body(shape, answer.body, strict, faults))
    return value


def judge_error(operation, protocol, answer, strict, faults):
    """An error must be one that the operation knows, with that error's status and members."""
    if protocol in ("query", "rest-xml"):
        code, body = xml_error_code(answer.body, faults), None
    else:
        body = parse_cbor(answer.body, faults) if protocol == "cbor" else parse_json(answer.body or b"{}", faults)
        body = body if isinstance(body, dict) else {}
        # A service that once spoke the query protocol still says what it said then.
        code = answer.headers.get("x-amzn-query-error", "").partition(";")[0]
        code = code or answer.headers.get("x-amzn-errortype") or body.get("__type") or body.get("code") or ""
        code = code.split(":")[0].rpartition("#")[2]
    if not code:
        faults.append(f"error {answer.status} without a code")
        return
    known = {shape.metadata.get("error", {}).get("code", shape.name): shape for shape in operation.error_shapes}
    if code not in known:
        more = S3_ERRORS if protocol == "rest-xml" else set()
        if strict and code not in COMMON_ERRORS | more:
            faults.append(f"error {code} is not one of {operation.name}'s")
        return
    shape = known[code]
    status = shape.metadata.get("error", {}).get("httpStatusCode")
    if strict and status and status != answer.status:
        faults.append(f"error {code} has status {answer.status}, not {status}")
    if strict and body is not None:
        names = {m.serialization.get("name", n).lower() for n, m in shape.members.items()} | {"__type", "message"}
        faults.extend(f"error {code} has an unknown member {n}" for n in body if n.lower() not in names)
        if not any(n.lower() == "message" for n in body):
            faults.append(f"error {code} has no message")


def parse_json(body, faults):
    try:
        return json.loads(body)
    except ValueError as error:
        faults.append(f"body is not JSON: {error}")
        return {}


def unpacked(request):
    """The body, which SDKs compress when it is large."""
    return gzip.decompress(request.body) if request.headers.get("content-encoding") == "gzip" else request.body


def parse_cbor(body, faults):
    parser = botocore.parsers.create_parser("smithy-rpc-v2-cbor")
    stream = parser.get_peekable_stream_from_bytes(body)
    try:
        value = parser.parse_data_item(stream)
    except botocore.parsers.ResponseParserError as error:
        faults.append(f"body is not CBOR: {error}")
        return {}
    if stream.read(1):
        faults.append("more follows the CBOR value")
    return value


def from_cbor(shape, body, faults, strict=True):
    wire = parse_cbor(body, faults)
    return from_json(shape, timed(shape, wire, "", faults), "", faults, strict)


def timed(shape, wire, path, faults):
    """`wire` with its tagged times as the numbers that JSON has; a time without a tag, or the reverse, is a fault."""
    kind = shape.type_name if shape else None
    if isinstance(wire, dict):
        members = shape.members if kind == "structure" else {}
        return {key: timed(members.get(key), item, f"{path}.{key}".lstrip("."), faults) for key, item in wire.items()}
    if isinstance(wire, list):
        return [timed(shape.member if kind == "list" else None, item, f"{path}[]", faults) for item in wire]
    if isinstance(wire, datetime) != (kind == "timestamp"):
        faults.append(f"{path}: {'no ' if kind == 'timestamp' else ''}time tag where {kind} belongs")
    return wire.timestamp() if isinstance(wire, datetime) else wire


def from_json(shape, wire, path, faults, strict=True, only=None):
    """The value that JSON carries, by member names; unknown members and wrong types are faults."""
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return wire
        if not typed(wire, dict, shape, path, faults):
            return {}
        names = {m.serialization.get("name", n): n for n, m in shape.members.items() if only is None or n in only}
        if strict:
            faults.extend(f"{path or shape.name}: unknown member {key}" for key in wire if key not in names)
        return {
            names[key]: from_json(shape.members[names[key]], item, f"{path}.{key}".lstrip("."), faults, strict)
            for key, item in wire.items()
            if key in names and item is not None
        }
    if kind == "map" and typed(wire, dict, shape, path, faults):
        return {key: from_json(shape.value, item, f"{path}.{key}", faults, strict) for key, item in wire.items()}
    if kind == "list" and typed(wire, list, shape, path, faults):
        return [from_json(shape.member, item, f"{path}[{i}]", faults, strict) for i, item in enumerate(wire)]
    if kind == "timestamp":
        typed(wire, (int, float), shape, path, faults)
    elif kind == "blob" and typed(wire, str, shape, path, faults):
        return from_base64(wire, path, faults)
    elif kind in ("string", "character"):
        typed(wire, str, shape, path, faults)
    elif kind == "boolean":
        typed(wire, bool, shape, path, faults)
    elif kind in ("integer", "long"):
        typed(wire, int, shape, path, faults)
    elif kind in ("float", "double"):
        typed(wire, (int, float), shape, path, faults)
    return wire


def typed(wire, kinds, shape, path, faults):
    good = isinstance(wire, kinds) and (kinds is bool or not isinstance(wire, bool))
    if not good:
        faults.append(f"{path or shape.name}: {type(wire).__name__} where {shape.type_name} belongs")
    return good


def from_base64(text, path, faults):
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        faults.append(f"{path}: not base64")
        return b""


def form_tree(pairs):
    """`A.member.1.Key=x` as nested dictionaries."""
    tree = {}
    for key, text in pairs:
        node, *rest = tree, *key.split(".")
        for part in rest[:-1]:
            node = node.setdefault(part, {})
        node[rest[-1]] = text
    return tree


def from_form(shape, tree, path, faults):
    kind = shape.type_name
    if kind in ("structure", "list", "map") and not isinstance(tree, dict):
        # An empty list is sent as an empty text.
        return {"structure": {}, "list": [], "map": {}}[kind]
    if kind == "structure":
        names = {m.serialization.get("name", n): n for n, m in shape.members.items()}
        faults.extend(f"{path or shape.name}: unknown member {key}" for key in tree if key not in names)
        return {
            names[key]: from_form(shape.members[names[key]], item, f"{path}.{key}".lstrip("."), faults)
            for key, item in tree.items()
            if key in names
        }
    if kind == "list":
        wrapper = shape.member.serialization.get("name", "member")
        items = tree if shape.serialization.get("flattened") else tree.get(wrapper, {})
        ordered = sorted(items.items(), key=lambda item: int(item[0]))
        return [from_form(shape.member, item, f"{path}[{index}]", faults) for index, item in ordered]
    if kind == "map":
        entries = tree.get("entry", tree).values()
        return {entry.get("key"): from_form(shape.value, entry.get("value"), path, faults) for entry in entries}
    return from_text(shape, tree, path, faults)


def from_xml_answer(operation, body, strict, faults):
    root = parse_xml(body, faults)
    if root is None:
        return {}
    if root.tag != f"{operation.name}Response":
        faults.append(f"root element is {root.tag}")
    wrapper = operation.output_shape.serialization.get("resultWrapper")
    result = root.find(wrapper) if wrapper else root
    if result is None:
        faults.append(f"no {wrapper} element")
        return {}
    return from_xml(operation.output_shape, result, "", strict, faults)


def from_xml(shape, element, path, strict, faults):
    kind = shape.type_name
    if kind == "structure":
        names = {m.serialization.get("name", n): n for n, m in shape.members.items()}
        if strict:
            faults.extend(f"{path or shape.name}: unknown element {c.tag}" for c in element if c.tag not in names)
        value = {}
        for child in (child for child in element if child.tag in names):
            member, inside = shape.members[names[child.tag]], f"{path}.{child.tag}"
            if member.type_name == "list" and member.serialization.get("flattened"):
                item = from_xml(member.member, child, inside, strict, faults)
                value.setdefault(names[child.tag], []).append(item)
            else:
                value[names[child.tag]] = from_xml(member, child, inside, strict, faults)
        return value
    if kind == "list":
        return [from_xml(shape.member, child, path, strict, faults) for child in element]
    if kind == "map":
        return {e.findtext("key"): from_xml(shape.value, e.find("value"), path, strict, faults) for e in element}
    return from_text(shape, element.text or "", path.lstrip("."), faults)


def xml_error_code(body, faults):
    match = re.search(rb"<Code>([^<]+)</Code>", body)
    if not match:
        faults.append("error body without a <Code>")
        return ""
    return match[1].decode()


def from_text(shape, text, path, faults):
    """A scalar out of a header, a query string, a form or XML."""
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        if kind == "boolean" and text not in ("true", "false"):
            raise ValueError(text)
        if kind == "timestamp" and (shape.serialization.get("location") == "header" and "," in text):
            parsedate_to_datetime(text)
        elif kind == "timestamp" and shape.serialization.get("timestampFormat") != "rfc822":
            datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        faults.append(f"{path}: {text!r} where {kind} belongs")
    return text == "true" if kind == "boolean" else text


def check(shape, value, path, faults, strict=True):
    """Required members, enums, patterns, lengths and ranges."""
    kind, limits = shape.type_name, shape.metadata
    if kind == "structure" and isinstance(value, dict):
        if strict:
            missing = (name for name in limits.get("required", []) if name not in value)
            faults.extend(f"{path or shape.name}: {name} is required" for name in missing)
        for name, item in value.items():
            if name in shape.members:
                check(shape.members[name], item, f"{path}.{name}".lstrip("."), faults, strict)
    elif kind == "map" and isinstance(value, dict):
        check_range(limits, len(value), f"{path}: {len(value)} entries", faults)
        for key, item in value.items():
            check(shape.key, key, f"{path} (key {key})", faults, strict)
            check(shape.value, item, f"{path}.{key}", faults, strict)
    elif kind == "list" and isinstance(value, list):
        check_range(limits, len(value), f"{path}: {len(value)} items", faults)
        for index, item in enumerate(value):
            check(shape.member, item, f"{path}[{index}]", faults, strict)
    elif kind in ("string", "blob") and isinstance(value, (str, bytes)):
        check_text(shape, value, path, faults, strict)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        check_range(limits, value, f"{path}: {value}", faults)


def check_text(shape, value, path, faults, strict):
    check_range(shape.metadata, len(value), f"{path}: length {len(value)}", faults)
    if not isinstance(value, str):
        return
    enum, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
    if enum and value not in enum and (shape.name, value) not in BEYOND_THE_MODEL:
        faults.append(f"{path}: {value!r} is not in the enum {shape.name}")
    expression = compiled(pattern) if pattern else None
    if expression and not expression.fullmatch(value):
        faults.append(f"{path}: {value!r} does not match {pattern}")
    if strict and shape.name == "Timestamp" and not LAMBDA_TIMESTAMP.fullmatch(value):
        faults.append(f"{path}: {value!r} is not a time as Lambda writes it")


def check_range(limits, value, text, faults):
    if value < limits.get("min", value):
        faults.append(f"{text}, less than {limits['min']}")
    if value > limits.get("max", value):
        faults.append(f"{text}, more than {limits['max']}")


@functools.cache
def compiled(pattern):
    """`pattern` as Python reads it, or None: the models' dialect is Java's, with classes that Python lacks."""
    for java, python in ((r"\p{L}", r"\w"), (r"\p{N}", r"\w"), (r"\p{Z}", " \u00a0")):
        pattern = pattern.replace(java, python)
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        return None
