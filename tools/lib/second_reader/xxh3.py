"""XXH3 of 64 bits with the default secret and seed 0: the checksum of all stored bytes."""

from struct import unpack_from

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")

MASK = (1 << 64) - 1
LOW = (1 << 32) - 1
P32_1, P32_2, P32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
P64_1, P64_2, P64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P64_4, P64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
STRIPE, STRIPES_A_BLOCK = 64, (192 - 64) // 8


def u32(data, offset=0):
    return unpack_from("<I", data, offset)[0]


def u64(data, offset=0):
    return unpack_from("<Q", data, offset)[0]


def swapped(number):
    return int.from_bytes(number.to_bytes(8, "little"), "big")


def folded_product(left, right):
    product = left * right
    return (product ^ (product >> 64)) & MASK


def avalanche(number):
    number = ((number ^ (number >> 37)) * 0x165667919E3779F9) & MASK
    return number ^ (number >> 32)


def avalanche_64(number):
    number = ((number ^ (number >> 33)) * P64_2) & MASK
    number = ((number ^ (number >> 29)) * P64_3) & MASK
    return number ^ (number >> 32)


def mixed(data, offset, secret):
    return folded_product(u64(data, offset) ^ u64(SECRET, secret),
                          u64(data, offset + 8) ^ u64(SECRET, secret + 8))


def up_to_16(data, count):
    if count > 8:
        low = u64(data) ^ u64(SECRET, 24) ^ u64(SECRET, 32)
        high = u64(data, count - 8) ^ u64(SECRET, 40) ^ u64(SECRET, 48)
        return avalanche((count + swapped(low) + high + folded_product(low, high)) & MASK)
    if count >= 4:
        keyed = u32(data, count - 4) + (u32(data) << 32) ^ u64(SECRET, 8) ^ u64(SECRET, 16)
        turned = (keyed << 49 | keyed >> 15) ^ (keyed << 24 | keyed >> 40)
        number = ((keyed ^ turned & MASK) * 0x9FB21C651E98DF25) & MASK
        number = ((number ^ ((number >> 35) + count)) * 0x9FB21C651E98DF25) & MASK
        return number ^ (number >> 28)
    if count:
        joined = data[0] << 16 | data[count >> 1] << 24 | data[count - 1] | count << 8
        return avalanche_64(joined ^ u32(SECRET) ^ u32(SECRET, 4))
    return avalanche_64(u64(SECRET, 56) ^ u64(SECRET, 64))


def up_to_240(data, count):
    sum_ = count * P64_1
    if count <= 128:
        for pair in range((count - 1) // 32, -1, -1):
            sum_ += mixed(data, 16 * pair, 32 * pair)
            sum_ += mixed(data, count - 16 * (pair + 1), 32 * pair + 16)
        return avalanche(sum_ & MASK)
    for part in range(8):
        sum_ += mixed(data, 16 * part, 16 * part)
    sum_ = avalanche(sum_ & MASK)
    for part in range(8, count // 16):
        sum_ += mixed(data, 16 * part, 16 * (part - 8) + 3)
    return avalanche((sum_ + mixed(data, count - 16, 136 - 17)) & MASK)


def longer(data, count):
    lanes = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1]
    keys = [unpack_from("<8Q", SECRET, 8 * stripe) for stripe in range(STRIPES_A_BLOCK)]
    scramble = unpack_from("<8Q", SECRET, 192 - 64)
    block_count, rest = divmod(count - 1, STRIPE * STRIPES_A_BLOCK)
    words = unpack_from(f"<{count // 8}Q", data)
    at = 0
    for block in range(block_count + 1):
        last = block == block_count
        a, b, c, d, e, f, g, h = lanes
        for stripe in range(rest // STRIPE if last else STRIPES_A_BLOCK):
            p, q, r, s, t, u, v, w = words[at:at + 8]
            i, j, k, l, m, n, o, x = keys[stripe]
            at += 8
            i, j, k, l, m, n, o, x = i ^ p, j ^ q, k ^ r, l ^ s, m ^ t, n ^ u, o ^ v, x ^ w
            a += q + (i & LOW) * (i >> 32)
            b += p + (j & LOW) * (j >> 32)
            c += s + (k & LOW) * (k >> 32)
            d += r + (l & LOW) * (l >> 32)
            e += u + (m & LOW) * (m >> 32)
            f += t + (n & LOW) * (n >> 32)
            g += w + (o & LOW) * (o >> 32)
            h += v + (x & LOW) * (x >> 32)
        lanes = [lane & MASK for lane in (a, b, c, d, e, f, g, h)]
        if not last:
            lanes = [((lane ^ (lane >> 47) ^ key) * P32_1) & MASK
                     for lane, key in zip(lanes, scramble)]
    words = unpack_from("<8Q", data, count - STRIPE)
    keys = unpack_from("<8Q", SECRET, 192 - 64 - 7)
    mixes = [word ^ key for word, key in zip(words, keys)]
    for lane, mix in enumerate(mixes):
        lanes[lane ^ 1] += words[lane]
        lanes[lane] += (mix & LOW) * (mix >> 32)
    sum_ = count * P64_1
    for pair in range(4):
        keys = unpack_from("<2Q", SECRET, 11 + 16 * pair)
        sum_ += folded_product((lanes[2 * pair] & MASK) ^ keys[0],
                               (lanes[2 * pair + 1] & MASK) ^ keys[1])
    return avalanche(sum_ & MASK)


def xxh3(data):
    """The hash of some bytes, as an unsigned number of 64 bits."""
    count = len(data)
    if count <= 16:
        return up_to_16(data, count)
    if count <= 240:
        return up_to_240(data, count)
    return longer(data, count)
