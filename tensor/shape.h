// The extents of a tensor, outermost first.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "tensor/error.h"

namespace backlight {

// A list of extents, each at least 0, whose product fits in 63 bits.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents) : Shape(std::vector<std::int64_t>(extents)) {}
  explicit Shape(std::vector<std::int64_t> extents) : extents_(std::move(extents)) {
    for (const std::int64_t extent : extents_) {
      if (extent < 0) fail("a shape has no negative extents, but got ", to_string());
      if (extent > 0 && numel_ > std::numeric_limits<std::int64_t>::max() / extent)
        fail("the shape ", to_string(), " has more elements than can be counted");
      numel_ *= extent;
    }
  }

  std::int64_t rank() const { return static_cast<std::int64_t>(extents_.size()); }
  std::int64_t numel() const { return numel_; }

  // Extent of an axis; a negative axis counts from the end, as in NumPy.
  std::int64_t operator[](std::int64_t axis) const {
    const std::int64_t from_start = axis < 0 ? axis + rank() : axis;
    // Not require(): that would write out the shape for every extent that is read.
    if (from_start < 0 || from_start >= rank()) fail("no axis ", axis, " in shape ", to_string());
    return extents_[static_cast<std::size_t>(from_start)];
  }

  const std::vector<std::int64_t>& extents() const { return extents_; }
  auto begin() const { return extents_.begin(); }
  auto end() const { return extents_.end(); }
  bool operator==(const Shape& other) const { return extents_ == other.extents_; }

  // This shape with the extent of one axis replaced.
  Shape with(std::int64_t axis, std::int64_t extent) const {
    (void)(*this)[axis];
    std::vector<std::int64_t> extents = extents_;
    extents[static_cast<std::size_t>(axis < 0 ? axis + rank() : axis)] = extent;
    return Shape(std::move(extents));
  }

  // As PyTorch writes it: [3, 128, 128].
  std::string to_string() const {
    std::string out = "[";
    for (std::size_t i = 0; i < extents_.size(); ++i)
      out += (i ? ", " : "") + std::to_string(extents_[i]);
    return out + "]";
  }

 private:
  std::vector<std::int64_t> extents_;
  std::int64_t numel_ = 1;
};

inline std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << shape.to_string();
}

}  // namespace backlight
