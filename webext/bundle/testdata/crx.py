"""Takes a CRX3 file apart, knowing Chromium's crx3.proto and nothing of our code.

crx.py FILE.crx DIR writes DIR/public.der, DIR/signature, DIR/signed and
DIR/archive.zip, checks the archive, and prints the kind of key and the id.
"""
import hashlib
import io
import struct
import sys
import zipfile


def fields(data):
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    while at < len(data):
        tag = varint()
        assert tag & 7 == 2, "a field that holds no bytes"
        length = varint()
        assert at + length <= len(data), "a field longer than its message"
        yield tag >> 3, data[at : at + length]
        at += length


file, folder = sys.argv[1:]
data = open(file, "rb").read()
magic, version, length = struct.unpack("<4sII", data[:12])
assert magic == b"Cr24" and version == 3
header, archive = data[12 : 12 + length], data[12 + length :]
parts = list(fields(header))
(signed_data,) = [value for number, value in parts if number == 10000]
((kind, proof),) = [(number, value) for number, value in parts if number in (2, 3)]
proof = dict(fields(proof))
crx_id = dict(fields(signed_data))[1]
assert crx_id == hashlib.sha256(proof[1]).digest()[:16], "the id is of another key"
signed = b"CRX3 SignedData\x00" + struct.pack("<I", len(signed_data)) + signed_data + archive
for name, value in {"public.der": proof[1], "signature": proof[2], "signed": signed, "archive.zip": archive}.items():
    open(folder + "/" + name, "wb").write(value)
with zipfile.ZipFile(io.BytesIO(archive)) as z:
    assert z.testzip() is None
    names = z.namelist()
    assert names == sorted(names, key=lambda n: n.encode()) and "manifest.json" in names
    assert {i.date_time for i in z.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {i.external_attr >> 16 for i in z.infolist()} == {0o100644}
print({2: "RSA", 3: "EC"}[kind], crx_id.hex().translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop")))
