"""Writes tests/fixtures/image: pictures of every kind and what Pillow makes of them.

Needs NumPy and Pillow 13 (before it, resizing never took the columns first). Run from the root:
python3 tests/reference/make_image_fixtures.py. The tests only read what this wrote.
"""

import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image

OUT = pathlib.Path("tests/fixtures/image")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
         (0, 1, 1, 2)]  # first column, first row, column step, row step


def chunk(kind, contents):
    return (struct.pack(">I", len(contents)) + kind + contents +
            struct.pack(">I", zlib.crc32(kind + contents)))


def paeth(a, b, c):
    distances = [abs(b - c), abs(a - c), abs(a + b - 2 * c)]
    return [a, b, c][int(np.argmin(distances))]


def filtered_rows(samples, depth):
    """The rows of [height, width, channels] samples, packed, under each of the five filters."""
    height, width, channels = samples.shape
    step = max(1, channels * depth // 8)
    out, above = b"", None
    for y in range(height):
        if depth == 16:
            row = samples[y].astype(">u2").tobytes()
        elif depth == 8:
            row = samples[y].astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in samples[y].reshape(-1))
            bits += "0" * (-len(bits) % 8)
            row = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
        above = above or bytes(len(row))
        kind, line = y % 5, bytearray()
        for i, value in enumerate(row):
            a = row[i - step] if i >= step else 0
            b = above[i]
            c = above[i - step] if i >= step else 0
            line.append((value - [0, a, b, (a + b) // 2, paeth(a, b, c)][kind]) % 256)
        out += bytes([kind]) + bytes(line)
        above = row
    return out


def png(samples, depth, colour, before_data=b"", interlaced=False):
    height, width, _ = samples.shape
    if interlaced:
        passes = [samples[y0::dy, x0::dx] for x0, y0, dx, dy in ADAM7]
        data = b"".join(filtered_rows(p, depth) for p in passes if p.size)
    else:
        data = filtered_rows(samples, depth)
    packed = zlib.compress(data, 9)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    middle = len(packed) // 2  # two chunks of data, as the standard allows
    return (SIGNATURE + chunk(b"IHDR", header) + before_data + chunk(b"IDAT", packed[:middle]) +
            chunk(b"IDAT", packed[middle:]) + chunk(b"IEND", b""))


def pattern(width, height, channels, depth, seed=0):
    """Smooth waves and some noise, over the whole range of the samples."""
    rng = np.random.default_rng(seed)
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    wave = 0.5 + 0.5 * np.sin(x * 0.37 + c) * np.cos(y * 0.29 - c * 0.5)
    wave = 0.85 * wave + 0.15 * rng.random(wave.shape)
    return np.round(wave * (2**depth - 1)).astype(np.int64)


def write_pngs():
    """Each file, and a line "name width height crc32-of-RGB" in expected.txt."""
    files = {}
    for depth in (1, 2, 4, 8):
        files[f"grey{depth}"] = png(pattern(13, 11, 1, depth), depth, GREY)
        colours = pattern(2**depth, 1, 3, 8, seed=depth)
        palette = chunk(b"PLTE", colours.astype(np.uint8).tobytes())
        files[f"palette{depth}"] = png(pattern(13, 11, 1, depth), depth, PALETTE, palette)
    sixteen = chunk(b"PLTE", pattern(16, 1, 3, 8).astype(np.uint8).tobytes())
    files["palette_transparent"] = png(pattern(13, 11, 1, 4), 4, PALETTE,
                                       sixteen + chunk(b"tRNS", bytes(range(0, 160, 10))))
    files["palette_too_short"] = png(pattern(13, 11, 1, 8), 8, PALETTE, sixteen)
    files["grey_alpha8"] = png(pattern(13, 11, 2, 8), 8, GREY_ALPHA)
    files["grey_alpha16"] = png(pattern(13, 11, 2, 16), 16, GREY_ALPHA)
    files["rgb8"] = png(pattern(13, 11, 3, 8), 8, RGB)
    files["rgb16"] = png(pattern(13, 11, 3, 16), 16, RGB)
    files["rgb_transparent"] = png(pattern(13, 11, 3, 8), 8, RGB,
                                   chunk(b"tRNS", bytes([0, 9, 0, 200, 0, 30])))
    files["rgba8"] = png(pattern(13, 11, 4, 8), 8, RGBA)
    files["rgba16"] = png(pattern(13, 11, 4, 16), 16, RGBA)
    files["interlaced_rgb8"] = png(pattern(13, 11, 3, 8), 8, RGB, interlaced=True)
    files["interlaced_grey1"] = png(pattern(13, 11, 1, 1), 1, GREY, interlaced=True)
    files["one_pixel"] = png(pattern(1, 1, 3, 8), 8, RGB)
    lines = []
    for name, data in files.items():
        (OUT / f"{name}.png").write_bytes(data)
        rgb = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
        lines.append(f"{name}.png {rgb.shape[1]} {rgb.shape[0]} {zlib.crc32(rgb.tobytes()):08x}\n")
    (OUT / "expected.txt").write_text("".join(lines))
    (OUT / "grey16.png").write_bytes(png(pattern(13, 11, 1, 16), 16, GREY))


def write_jpegs():
    """Each name.jpg with name.jpg.png, the pixels that Pillow decodes."""
    rgb = pattern(45, 35, 3, 8).astype(np.uint8)
    smooth = Image.fromarray(rgb).resize((90, 70), Image.BICUBIC)
    files = {}

    def save(name, image, **options):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=90, **options)
        files[name] = out.getvalue()

    save("yuv444", smooth, subsampling="4:4:4")
    save("yuv422", smooth, subsampling="4:2:2")
    save("yuv420", smooth, subsampling="4:2:0")
    save("progressive", smooth, subsampling="4:2:0", progressive=True)
    save("restarts", smooth, subsampling="4:2:0", restart_marker_blocks=3)
    save("rgb", smooth, keep_rgb=True)
    save("grey", smooth.convert("L"))
    cyan, magenta, yellow = (Image.fromarray(255 - np.array(smooth)[..., c]) for c in range(3))
    black = smooth.convert("L").point(lambda v: (255 - v) // 3)
    save("cmyk", Image.merge("CMYK", (cyan, magenta, yellow, black)))
    adobe = files["cmyk"].index(b"Adobe")
    ycck = bytearray(files["cmyk"])
    ycck[adobe + 11] = 2  # the colour transform: the same planes, read as YCCK
    files["ycck"] = bytes(ycck)
    for name, data in files.items():
        (OUT / f"{name}.jpg").write_bytes(data)
        Image.open(io.BytesIO(data)).convert("RGB").save(OUT / f"{name}.jpg.png", optimize=True)


def generated(width, height):
    """The picture that the test generates as well: byte i is a hash of i."""
    i = np.arange(width * height * 3, dtype=np.uint64)
    hashed = (i * np.uint64(2654435761) + np.uint64(12345)) & np.uint64(0xFFFFFFFF)
    hashed ^= hashed >> np.uint64(15)
    return (hashed & np.uint64(0xFF)).astype(np.uint8).reshape(height, width, 3)


def write_resizes():
    """resized_WxH_to_WxH.png of yuv444.jpg.png, and checksums for generated pictures."""
    photo = Image.open(OUT / "yuv444.jpg.png")
    for crop, size in [((90, 70), (128, 128)), ((90, 70), (16, 16)), ((90, 70), (31, 101)),
                       ((90, 70), (90, 13)), ((90, 70), (13, 70)), ((1, 1), (7, 5)),
                       ((90, 70), (1, 1))]:
        small = photo.crop((0, 0, *crop))
        name = "resized_{}x{}_to_{}x{}.png".format(*crop, *size)
        small.resize(size, Image.BILINEAR).save(OUT / name, optimize=True)
    lines = []
    for source, size in [((1, 1), (1, 1)), ((2, 3), (3, 2)), ((5, 4), (4, 5)), ((7, 1), (3, 9)),
                         ((1, 9), (8, 2)), ((3000, 2), (11, 128)), ((2, 3000), (128, 11)),
                         ((160, 213), (128, 128)), ((127, 129), (128, 128)),
                         ((128, 128), (128, 128)), ((640, 480), (128, 128)),
                         ((33, 21), (1024, 768)), ((1000, 750), (333, 999)),
                         ((4000, 3000), (128, 128))]:
        resized = np.array(Image.fromarray(generated(*source)).resize(size, Image.BILINEAR))
        lines.append("{} {} {} {} {:08x}\n".format(*source, *size, zlib.crc32(resized.tobytes())))
    (OUT / "resized_generated.txt").write_text("".join(lines))


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    write_pngs()
    write_jpegs()
    write_resizes()
