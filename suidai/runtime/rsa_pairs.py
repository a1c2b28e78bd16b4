"""RSA keys for development, in base64 of PKCS #8 and SubjectPublicKeyInfo, without armour: as Alipay hands them out."""

import base64


def rsa_pair() -> tuple[str, str]:
    """A private key and its public one."""
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 - needed once in a folder's life
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(private).decode(), base64.b64encode(public).decode()
