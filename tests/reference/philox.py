"""The random numbers of tensor/random.h, so that other programs can be given the same draws."""

import numpy as np

WORD = 0xFFFFFFFF


def philox(counter, key):
    """Philox4x32-10 of four and two 32-bit words."""
    c, k = list(counter), list(key)
    for _ in range(10):
        even, odd = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(odd >> 32) ^ c[1] ^ k[0], odd & WORD, (even >> 32) ^ c[3] ^ k[1], even & WORD]
        k = [(k[0] + 0x9E3779B9) & WORD, (k[1] + 0xBB67AE85) & WORD]
    return c


class Philox:
    """The random function of (seed, stream, index)."""

    def __init__(self, seed, stream):
        self.seed, self.stream = seed, stream

    def bits(self, index):
        words = lambda value: [value & WORD, value >> 32]
        return philox(words(index // 4) + words(self.stream), words(self.seed))

    def uniform(self, index):
        return (self.bits(index)[index % 4] >> 8) / 2**24

    def normal(self, index):
        """Box and Muller in float32, as there."""
        lane, bits = index % 4, self.bits(index)
        u = np.float32((bits[lane & 2] >> 8) + 1) * np.float32(2**-24)
        v = np.float32(bits[(lane & 2) + 1] >> 8) * np.float32(2**-24)
        radius = np.sqrt(np.float32(-2) * np.log(u))
        angle = np.float32(2 * np.pi) * v
        return float(radius * (np.sin(angle) if lane & 1 else np.cos(angle)))

    def array(self, draw, shape):
        """`draw` (uniform or normal) of the indices 0, 1, ... in C order."""
        return np.array([draw(i) for i in range(int(np.prod(shape)))]).reshape(shape)


class Random:
    """A sequence of numbers from one stream."""

    def __init__(self, seed, stream):
        self.philox, self.next = Philox(seed, stream), 0

    def uniform(self):
        self.next += 1
        return self.philox.uniform(self.next - 1)

    def below(self, count):
        self.next += 1
        index = self.next - 1
        return self.philox.bits(index)[index % 4] * count >> 32

    def permutation(self, count):
        """Fisher and Yates from the end."""
        order = list(range(count))
        for i in range(count - 1, 0, -1):
            j = self.below(i + 1)
            order[i], order[j] = order[j], order[i]
        return order
