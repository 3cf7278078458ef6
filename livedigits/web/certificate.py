"""The certificate with which the page is served to phones: made here, signed by nobody else, and kept.

It lies with its key in one file of the user's configuration folder, which only they can read. It is kept so that a
phone's browser, once told to go on, need not be told again.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import ifaddr
import platformdirs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from livedigits.errors import LivedigitsError
from livedigits.outputs import hosts, private

DAYS = 397
"""How long one is valid: browsers refuse those of more than 398 days."""
LEFT = 14
"""Days before its end at which a new one is made, so that it does not run out while the page is served."""
EARLIER = 1
"""Days before now at which it begins: a phone's clock may be behind."""


@dataclass(frozen=True)
class Certificate:
    """A certificate that is kept.

    Attributes
    ----------
    path : of the PEM file that holds it and its key
    fingerprint : SHA-256 of it, as browsers show it: "0A:1B:..."
    """

    path: Path
    fingerprint: str


def default_path() -> Path:
    """Where it is kept: in the configuration folder of the user's system."""
    return platformdirs.user_config_path("livedigits") / "phone.pem"


def certificate(addresses: Iterable[str], path: Path | None = None) -> Certificate:
    """The certificate that is kept; a new one where there is none that holds for all these addresses and some time.

    addresses : IP addresses at which the page is served

    Raises
    ------
    LivedigitsError: its file cannot be read or written, or is another's
    """
    path = path or default_path()
    wanted = {ipaddress.ip_address(address) for address in addresses}
    kept = _load(path)
    if kept is None or not _holds(kept, wanted) or not _is_private(path):
        kept, key = _made(wanted)
        private.write(path, key + kept.public_bytes(serialization.Encoding.PEM))
    return Certificate(path, kept.fingerprint(hashes.SHA256()).hex(":").upper())


def addresses(bound: str) -> list[str]:
    """The IP addresses at which a server is reached that is bound to one, or, with 0.0.0.0 and ::, to all."""
    if bound not in hosts.EVERY:
        return [bound.partition("%")[0]]
    own = [str(ip.ip[0] if ip.is_IPv6 else ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    usable = [ip for ip in own if not ipaddress.ip_address(ip).is_link_local]
    return [ip for ip in usable if bound == "::" or ipaddress.ip_address(ip).version == 4]


_Addresses = set[ipaddress.IPv4Address | ipaddress.IPv6Address]


def _load(path: Path) -> x509.Certificate | None:
    try:
        content = path.read_bytes()
        kept = x509.load_pem_x509_certificate(content)
        if serialization.load_pem_private_key(content, None).public_key() != kept.public_key():
            raise ValueError("the key is another's")
        return kept
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LivedigitsError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, TypeError):
        raise LivedigitsError(
            f"{path} holds no key and certificate, or damaged ones: delete it, and new ones are made"
        ) from None


def _holds(kept: x509.Certificate, wanted: _Addresses) -> bool:
    try:
        names = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    lasts = kept.not_valid_after_utc - datetime.datetime.now(datetime.timezone.utc) > datetime.timedelta(days=LEFT)
    return lasts and wanted <= set(names.get_values_for_type(x509.IPAddress))


def _is_private(path: Path) -> bool:
    """Whether nobody else can read it; a key that others could read is none. Windows keeps the folder to its user."""
    return os.name == "nt" or not path.stat().st_mode & 0o077


def _made(addresses: _Addresses) -> tuple[x509.Certificate, bytes]:
    """A certificate, and its key as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    host = socket.gethostname()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"livedigits on {host}"[:64])])
    here = addresses | {ipaddress.ip_address("127.0.0.1")}
    names: list[x509.GeneralName] = [x509.IPAddress(address) for address in sorted(here, key=str)]
    names += [x509.DNSName(other) for other in ("localhost", host, f"{host}.local") if other.isascii()]
    now = datetime.datetime.now(datetime.timezone.utc)
    identity = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,  # who gets hold of the key can pass for this page alone
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=EARLIER))
        .not_valid_after(now + datetime.timedelta(days=DAYS - EARLIER))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identity, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identity), critical=False)
    )
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return builder.sign(key, hashes.SHA256()), encoded
