// How long the GPU takes for something: the median over many runs, by its own clock.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tensor/tensor.h"

namespace backlight::bench {

// Milliseconds of one call of work(round): the median of `kSamples` stretches of rounds, each long
// enough that the clock's steps do not show, after a warm-up. Round numbers go up by one, so that
// the work can use other memory each time. Errors: whatever the work throws or the GPU reports.
double median_milliseconds(const std::function<void(std::int64_t round)>& work);

// Several tensors that take turns, so many that a round finds nothing of its own in the caches.
class Rotation {
 public:
  // `make` makes one of them; `bytes_of_round` is all the memory that a round touches.
  Rotation(double bytes_of_round, const std::function<Tensor(std::int64_t number)>& make);
  const Tensor& operator[](std::int64_t round) const;
  std::int64_t size() const { return static_cast<std::int64_t>(tensors_.size()); }

 private:
  std::vector<Tensor> tensors_;
};

// The last results of a rotation, kept so that the allocator hands out other memory each round.
class Results {
 public:
  explicit Results(const Rotation& rotation) : kept_(static_cast<std::size_t>(rotation.size())) {}
  void keep(std::int64_t round, const Tensor& result) {
    kept_[static_cast<std::size_t>(round) % kept_.size()] = result;
  }

 private:
  std::vector<Tensor> kept_;
};

}  // namespace backlight::bench
