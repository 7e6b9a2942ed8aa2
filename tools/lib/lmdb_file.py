"""Reads and rewrites the values of an LMDB file, through liblmdb."""

import ctypes
import ctypes.util
import os

NO_SUBFOLDER, NO_SYNC, READ_ONLY, NO_LOCK = 0x4000, 0x10000, 0x20000, 0x400000
FIRST, NEXT = 0, 8
NOT_FOUND = -30798
MAP_BYTE_COUNT = 1 << 40


class Value(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.c_void_p)]

    @property
    def bytes(self):
        return ctypes.string_at(self.data, self.size)


def value_of(content):
    return Value(len(content), ctypes.cast(ctypes.c_char_p(content), ctypes.c_void_p))


class LMDBError(Exception):
    pass


def library():
    for name in (ctypes.util.find_library("lmdb"), "liblmdb.so.0"):
        if name:
            try:
                return ctypes.CDLL(name)
            except OSError:
                continue
    raise LMDBError("liblmdb is not installed")


class File:
    """An LMDB file with named keyspaces, open for one `with` block; changes are kept at its end.

    Without `locking` no other process may write to the file meanwhile.
    """

    def __init__(self, path, writing=False, locking=False):
        self.path, self.writing, self.locking = path, writing, locking
        self.lmdb = library()
        self.lmdb.mdb_strerror.restype = ctypes.c_char_p
        self.handles = {}

    def check(self, status):
        if status:
            raise LMDBError(self.lmdb.mdb_strerror(status).decode())

    def __enter__(self):
        self.environment, self.transaction = ctypes.c_void_p(), ctypes.c_void_p()
        self.check(self.lmdb.mdb_env_create(ctypes.byref(self.environment)))
        self.check(self.lmdb.mdb_env_set_maxdbs(self.environment, 64))
        self.check(self.lmdb.mdb_env_set_mapsize(
            self.environment, ctypes.c_size_t(MAP_BYTE_COUNT)))
        flags = NO_SUBFOLDER | (0 if self.locking else NO_LOCK)
        flags |= NO_SYNC if self.writing else READ_ONLY
        self.check(self.lmdb.mdb_env_open(
            self.environment, os.fsencode(self.path), flags, 0o600))
        self.check(self.lmdb.mdb_txn_begin(
            self.environment, None, 0 if self.writing else READ_ONLY,
            ctypes.byref(self.transaction)))
        return self

    def __exit__(self, kind, error, trace):
        if self.writing and kind is None:
            self.check(self.lmdb.mdb_txn_commit(self.transaction))
        else:
            self.lmdb.mdb_txn_abort(self.transaction)
        self.lmdb.mdb_env_close(self.environment)

    def keyspace(self, name):
        handle = ctypes.c_uint()
        self.check(self.lmdb.mdb_dbi_open(
            self.transaction, name.encode() if name else None, 0, ctypes.byref(handle)))
        return handle

    def get(self, name, key):
        """The value of a key, None if there is none."""
        value = Value()
        status = self.lmdb.mdb_get(
            self.transaction, self.handle(name), ctypes.byref(value_of(key)),
            ctypes.byref(value))
        if status == NOT_FOUND:
            return None
        self.check(status)
        return value.bytes

    def handle(self, name):
        if name not in self.handles:
            self.handles[name] = self.keyspace(name)
        return self.handles[name]

    def names(self):
        """The names of all keyspaces."""
        return [key.decode() for key, _ in self.items(None)]

    def items(self, name):
        """Keys and values of a keyspace, in key order."""
        cursor, key, value = ctypes.c_void_p(), Value(), Value()
        self.check(self.lmdb.mdb_cursor_open(
            self.transaction, self.keyspace(name), ctypes.byref(cursor)))
        items, step = [], FIRST
        while True:
            status = self.lmdb.mdb_cursor_get(
                cursor, ctypes.byref(key), ctypes.byref(value), step)
            if status == NOT_FOUND:
                break
            self.check(status)
            items.append((key.bytes, value.bytes))
            step = NEXT
        self.lmdb.mdb_cursor_close(cursor)
        return items

    def put(self, name, key, content):
        self.check(self.lmdb.mdb_put(
            self.transaction, self.keyspace(name), ctypes.byref(value_of(key)),
            ctypes.byref(value_of(content)), 0))

    def delete(self, name, key):
        self.check(self.lmdb.mdb_del(
            self.transaction, self.keyspace(name), ctypes.byref(value_of(key)), None))
