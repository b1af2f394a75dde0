"""Single sign-on: OpenID Connect against the trust's own provider (authorization code with PKCE).

Belongs here: the provider as `desk.toml` names it, beginning a sign-on and judging what comes back. Tokens are read by
the published library; which account is whom is the trust's own table, and whoever is not in the approver register is
nobody. It opens sessions; to sign a release takes a passkey or a key file.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from console.passkeys import NotAccepted
from console.place import Desk
from console.store import Ceremony
from pipelines.clock import system_clock
from pipelines.desk_address import SignOn
from pipelines.settings import secret

PURPOSE: Final = "sign on"
BACK: Final = "/sign-in/trust/back"
_ALGORITHMS: Final = ("RS256", "ES256", "PS256", "EdDSA")
_PATIENCE: Final = 10.0
_LEEWAY: Final = 60
"""Seconds that the two clocks may differ by."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser is sent, and the token of the cookie that it comes back with."""

    address: str
    token: str


def begin(desk: Desk, provider: SignOn) -> Begun:
    """Begin a sign-on. Raises NotAccepted when the provider cannot be reached or is not what it says."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code", "scope": "openid email profile", "client_id": provider.client_id,
        "redirect_uri": desk.address.origin + BACK, "state": state, "nonce": nonce, "code_challenge": hashed,
        "code_challenge_method": "S256",
    }  # fmt: skip
    address = f"{_described(provider)['authorization_endpoint']}?{urlencode(asked)}"
    kept = json.dumps({"state": state, "nonce": nonce, "verifier": verifier})
    return Begun(address, desk.store.begin(Ceremony(PURPOSE, "", kept, b""), desk.now()))


def finish(desk: Desk, provider: SignOn, token: str, came: Mapping[str, str]) -> str:
    """Return who has signed on, as the trust's table says. Raises NotAccepted."""
    ceremony = desk.store.finish(token, PURPOSE, desk.now())
    kept = json.loads(ceremony.subject) if ceremony else {}
    if not kept or not secrets.compare_digest(came.get("state", "").encode(), kept["state"].encode()):
        raise NotAccepted
    told = _described(provider)
    claims = _claims(told, _exchanged(desk, provider, told, came.get("code", ""), kept["verifier"]))
    registry = jwt.JWTClaimsRegistry(
        now=int(system_clock().timestamp()),
        leeway=_LEEWAY,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        nonce={"essential": True, "value": kept["nonce"]},
    )
    try:
        registry.validate(claims)
    except JoseError:
        raise NotAccepted from None
    person = provider.people.get(str(claims.get(provider.claim, "")))
    if person is None:
        raise NotAccepted
    return person


def _described(provider: SignOn) -> Mapping[str, Any]:
    """What the provider says of itself; every address of it must be as safe as its own."""
    told: Mapping[str, Any] = _answered(
        lambda client: client.get(f"{provider.issuer}/.well-known/openid-configuration")
    )
    scheme = urlsplit(provider.issuer).scheme
    needed = [str(told.get(name, "")) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if told.get("issuer") != provider.issuer or any(urlsplit(one).scheme not in {scheme, "https"} for one in needed):
        raise NotAccepted
    return told


def _exchanged(desk: Desk, provider: SignOn, told: Mapping[str, Any], code: str, verifier: str) -> str:
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": desk.address.origin + BACK,
        "code_verifier": verifier,
    }  # fmt: skip
    login = (provider.client_id, secret(provider.secret, desk.opened.settings))
    return str(_answered(lambda client: client.post(told["token_endpoint"], data=form, auth=login)).get("id_token", ""))


def _claims(told: Mapping[str, Any], token: str) -> dict[str, Any]:
    """Read the token under the provider's keys; who made it, for whom and when is judged by the caller."""
    keys = _answered(lambda client: client.get(told["jwks_uri"]))
    try:
        return dict(jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(_ALGORITHMS)).claims)
    except (JoseError, ValueError, KeyError, TypeError):
        raise NotAccepted from None


def _answered(ask: Any) -> Any:  # noqa: ANN401  JSON of another's making; the callers look
    try:
        with httpx.Client(timeout=_PATIENCE, follow_redirects=False) as client:
            return ask(client).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        raise NotAccepted from None
