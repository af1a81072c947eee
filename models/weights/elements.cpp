#include "models/weights/elements.h"

#include <bit>
#include <cstring>
#include <limits>

namespace backlight {
namespace {

static_assert(std::endian::native == std::endian::little,
              "weight files are little-endian and read as they lie in memory");

constexpr std::int64_t kMostAxes = 64;                         // as many as PyTorch allows
constexpr std::int64_t kMostElements = std::int64_t{1} << 46;  // as many as a Tensor allows

struct Half {
  std::uint16_t bits;
};
struct BFloat16 {
  std::uint16_t bits;
};

template <typename To, typename From>
To converted(From value) {
  return static_cast<To>(value);
}

// IEEE 754 binary16 -> binary32: the exponent bias goes from 15 to 127, the significand gains 13
// bits. Subnormals are multiples of 2^-24.
template <>
float converted<float>(Half half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half.bits & 0x8000) << 16;
  const std::uint32_t exponent = half.bits >> 10 & 31;
  const std::uint32_t significand = half.bits & 1023;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(significand) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | significand << 13);
}

// bfloat16 is the upper half of a float32.
template <>
float converted<float>(BFloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}

// Calls f(stored, held) with the C++ type of a stored element and the type it is held as.
template <typename F>
decltype(auto) dispatch(ElementType type, bool keep_f64, F&& f) {
  switch (type) {
    case ElementType::f64: return keep_f64 ? f(double{}, double{}) : f(double{}, float{});
    case ElementType::f32: return f(float{}, float{});
    case ElementType::f16: return f(Half{}, float{});
    case ElementType::bf16: return f(BFloat16{}, float{});
    case ElementType::i64: return f(std::int64_t{}, std::int64_t{});
    case ElementType::i32: return f(std::int32_t{}, std::int64_t{});
    case ElementType::i16: return f(std::int16_t{}, std::int64_t{});
    case ElementType::i8: return f(std::int8_t{}, std::int64_t{});
    case ElementType::u8:
    case ElementType::boolean: return f(std::uint8_t{}, std::int64_t{});
  }
  fail("unknown element type ", static_cast<int>(type));
}

template <typename T>
T load(const std::byte* storage, std::int64_t element) {
  T value;
  std::memcpy(&value, storage + static_cast<std::size_t>(element) * sizeof(T), sizeof(T));
  return value;
}

bool is_contiguous(const StridedView& view) {
  std::int64_t expected = 1;
  for (std::size_t axis = view.shape.size(); axis-- > 0;) {
    if (view.shape[axis] != 1 && view.strides[axis] != expected) return false;
    expected *= view.shape[axis];
  }
  return true;
}

template <typename From, typename To>
void gather(const std::byte* storage, const StridedView& view, std::int64_t numel, To* to) {
  std::vector<std::int64_t> index(view.shape.size(), 0);
  std::int64_t element = view.offset;
  for (std::int64_t i = 0; i < numel; ++i) {
    to[i] = converted<To>(load<From>(storage, element));
    // The next index, as an odometer counts: the last axis turns fastest.
    for (std::size_t axis = index.size(); axis-- > 0;) {
      element += view.strides[axis];
      if (++index[axis] < view.shape[axis]) break;
      element -= view.strides[axis] * view.shape[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace

std::size_t size_of(ElementType type) {
  return dispatch(type, false, [](auto stored, auto) { return sizeof(stored); });
}

StridedView contiguous_view(std::vector<std::int64_t> shape, const std::string& entry) {
  StridedView view{0, std::move(shape), {}};
  view.strides.resize(view.shape.size());
  std::int64_t stride = 1;
  for (std::size_t axis = view.shape.size(); axis-- > 0;) {
    view.strides[axis] = stride;
    require(view.shape[axis] >= 0 && !__builtin_mul_overflow(stride, view.shape[axis], &stride),
            entry, " has an impossible shape");
  }
  return view;
}

void check_view(const StridedView& view, std::int64_t storage_numel, const std::string& entry) {
  require(view.shape.size() == view.strides.size(), entry, " has ", view.shape.size(), " axes but ",
          view.strides.size(), " strides");
  require(std::ssize(view.shape) <= kMostAxes, entry, " has ", view.shape.size(), " axes");
  std::int64_t numel = 1;
  std::int64_t last = view.offset;  // the furthest element of the storage that is looked at
  bool overflow = view.offset < 0;
  bool empty = false;
  for (std::size_t axis = 0; axis < view.shape.size(); ++axis) {
    const std::int64_t extent = view.shape[axis], stride = view.strides[axis];
    std::int64_t reach = 0;
    overflow |= extent < 0 || stride < 0 || __builtin_mul_overflow(numel, extent, &numel) ||
                __builtin_mul_overflow(extent - 1, stride, &reach) ||
                __builtin_add_overflow(last, reach, &last);
    empty |= extent == 0;
    if (overflow) break;
  }
  require(!overflow && numel <= kMostElements, entry, " has an impossible shape, stride or offset");
  require(empty || last < storage_numel, entry, " reaches element ", last,
          " of a storage that has ", storage_numel);
}

std::size_t decoded_size(ElementType type, const StridedView& view, bool keep_f64) {
  const auto numel = static_cast<std::size_t>(Shape(view.shape).numel());
  return numel * dispatch(type, keep_f64, [](auto, auto held) { return sizeof(held); });
}

Tensor decode(ElementType type, std::span<const std::byte> storage, const StridedView& view,
              bool keep_f64, const std::string& entry) {
  const Shape shape(view.shape);
  return dispatch(type, keep_f64, [&](auto stored, auto held) {
    using Stored = decltype(stored);
    using Held = decltype(held);
    Tensor out(shape, dtype_of<Held>());
    if (shape.numel() == 0) return out;
    Held* const to = out.mutable_data<Held>();
    if (!is_contiguous(view)) {
      gather<Stored>(storage.data(), view, shape.numel(), to);
    } else if constexpr (std::is_same_v<Stored, Held>) {
      const std::byte* const from =
          storage.data() + static_cast<std::size_t>(view.offset) * sizeof(Stored);
      std::memcpy(to, from, out.nbytes());
    } else {
      for (std::int64_t i = 0; i < shape.numel(); ++i)
        to[i] = converted<Held>(load<Stored>(storage.data(), view.offset + i));
    }
    require(all_finite(out), entry, " holds a NaN or an infinity; these weights are broken");
    return out;
  });
}

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 400;
  std::string out(text.substr(0, kLongest));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = '?';
  return text.size() > kLongest ? out + "..." : out;
}

}  // namespace backlight
