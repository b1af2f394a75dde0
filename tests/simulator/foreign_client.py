"""A small client of Arbor as somebody else would write it from the facts page alone; it shares no code with ours.

It knows: Basic authentication, CamelCase plural list calls and kebab item calls, list and item roots, references by
href, wrapped dates, filters with seven operators, `page-number`, the change log, error envelopes, and GraphQL.
"""

import base64
import datetime as dt
import json
import re
import urllib.error
import urllib.parse
import urllib.request


class ServerError(Exception):
    """Anything but 200, 201, 204 and 422, on the wire or in the body."""

    def __init__(self, code, reason):
        super().__init__(f"{code} {reason}")
        self.code = code


class NotFoundError(ServerError):
    """404."""


def plural(name):
    if name.endswith("ch") or name.endswith("s"):  # noqa: PIE810  written as the page lists the cases
        return name + "es"
    if name.endswith("ay"):
        return name + "s"
    if name.endswith("y"):
        return name[:-1] + "ies"
    return name + "s"


def lower_first(name):
    return name[0].lower() + name[1:]


def dashed(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"-\1", name).lower()


class Gateway:
    """The vendor's shared host or a school's own: the application id goes with every request."""

    def __init__(self, base, user, password, application):
        self.base = base
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.headers = {
            "Authorization": f"Basic {token}", "Accept": "application/json", "User-Agent": "Foreign/1.0",
            "x-mis-application-id": application,
        }  # fmt: skip

    def _call(self, path, query=(), body=None):
        url = f"{self.base}{path}?{urllib.parse.urlencode(list(query))}"
        headers = self.headers | ({"Content-Type": "application/json"} if body else {})
        request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310
                status, text = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        told = json.loads(text) if text else {}
        status = told.get("response", {}).get("code", status)
        if status == 404:
            raise NotFoundError(status, told["response"]["reason"])
        if status not in (200, 201, 204, 422):
            raise ServerError(status, told["response"]["reason"])
        return status, told

    def query(self, entity, filters=(), page=None, size=None, order=None):
        asked = [(f"filters.{name}.{operator}", value) for name, operator, value in filters]
        asked += [
            (k, v) for k, v in (("page-number", page), ("page-size", size), ("order-property", order)) if v is not None
        ]
        status, told = self._call(f"/rest-v2/{plural(entity)}", asked)
        return [self._hydrated(row) for row in told.get(lower_first(plural(entity)), [])] if status != 422 else status

    def everything(self, entity, size):
        """Walk pages until one has nothing new: there is no total, and page 0 may be page 1 by another name."""
        seen, page = {}, 0
        while True:
            rows = [row for row in self.query(entity, page=page, size=size) if row["href"] not in seen]
            if not rows and page > 1:
                return list(seen.values())
            seen |= {row["href"]: row for row in rows}
            page += 1

    def retrieve(self, entity, identity):
        _, told = self._call(f"/rest-v2/{dashed(plural(entity))}/{urllib.parse.quote(str(identity), safe='')}")
        return self._hydrated(told[lower_first(entity)])

    def follow(self, reference):
        """Get what a reference leads to: the type says the root, and the third segment of the href is the id."""
        return self.retrieve(reference["entityType"], urllib.parse.unquote(reference["href"].split("/")[3]))

    def changes(self, entity, since=None, until=None):
        asked = [(k, v) for k, v in (("from-revision", since), ("to-revision", until)) if v is not None]
        return self._call(f"/rest-v2/{dashed(plural(entity))}/changelog", asked)[1].get("changes", [])

    def graphql(self, text):
        return self._call("/graphql/query", body={"query": text})[1]

    def _hydrated(self, row):
        return {name: self._value(value) for name, value in row.items()}

    @staticmethod
    def _value(value):
        if isinstance(value, dict) and value.get("entityType") == "date":
            return dt.datetime.strptime(value["date"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
        return value
