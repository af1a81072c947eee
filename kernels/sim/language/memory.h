// Shared variables, and loads and stores of whole vectors.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include "kernels/sim/shared_memory.h"

#define SHARED(name, ...)                                               \
  static constexpr ::backlight::sim::SharedVariable name##_declaration{ \
      #name, sizeof(::std::type_identity_t<__VA_ARGS__>),               \
      alignof(::std::type_identity_t<__VA_ARGS__>)};                    \
  auto& name = *static_cast<::std::type_identity_t<__VA_ARGS__>*>(      \
      ::backlight::sim::shared_variable(name##_declaration))

#define DYNAMIC_SHARED(name) unsigned char* const name = ::backlight::sim::dynamic_shared()

namespace backlight::kernels::sim {

// A type of this many bytes that the compiler loads and stores in one piece, over memory of any
// type.
template <std::size_t bytes>
struct OnePiece;
template <>
struct OnePiece<4> {
  using Type [[gnu::may_alias]] = std::uint32_t;
};
template <>
struct OnePiece<8> {
  using Type [[gnu::may_alias]] = std::uint64_t;
};
template <>
struct OnePiece<16> {
  using Type [[gnu::may_alias, gnu::vector_size(16)]] = std::uint32_t;
};

template <typename T, typename U>
[[gnu::always_inline]] inline T load_vector(const U* pointer) {
  using Piece = typename OnePiece<sizeof(T)>::Type;
  const Piece piece = *reinterpret_cast<const Piece*>(pointer);
  return __builtin_bit_cast(T, piece);
}

template <typename T, typename U>
[[gnu::always_inline]] inline void store_vector(U* pointer, const T& value) {
  using Piece = typename OnePiece<sizeof(T)>::Type;
  *reinterpret_cast<Piece*>(pointer) = __builtin_bit_cast(Piece, value);
}

template <typename T>
[[gnu::always_inline]] inline T __ldg(const T* pointer) {
  if constexpr (sizeof(T) == 4 || sizeof(T) == 8 || sizeof(T) == 16)
    return load_vector<T>(pointer);
  else
    return *pointer;
}

}  // namespace backlight::kernels::sim
