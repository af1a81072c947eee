#include "xai/metrics/confusion.h"

#include <algorithm>

#include "tensor/error.h"

namespace backlight {
namespace {

std::optional<double> ratio(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Confusion::Confusion(std::int64_t classes)
    : classes_(classes), counts_(static_cast<std::size_t>(classes * classes), 0) {}

void Confusion::add(std::int64_t label, std::int64_t predicted) {
  for (const std::int64_t c : {label, predicted})
    require(c >= 0 && c < classes_, "class ", c, " of ", classes_, " does not exist");
  ++counts_[static_cast<std::size_t>(label * classes_ + predicted)];
}

std::int64_t Confusion::count(std::int64_t label, std::int64_t predicted) const {
  return counts_[static_cast<std::size_t>(label * classes_ + predicted)];
}

std::int64_t Confusion::of_label(std::int64_t label) const {
  std::int64_t sum = 0;
  for (std::int64_t j = 0; j < classes_; ++j) sum += count(label, j);
  return sum;
}

std::int64_t Confusion::of_prediction(std::int64_t predicted) const {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < classes_; ++i) sum += count(i, predicted);
  return sum;
}

std::int64_t Confusion::total() const {
  std::int64_t sum = 0;
  for (const std::int64_t count : counts_) sum += count;
  return sum;
}

std::optional<double> Confusion::share(std::int64_t label, std::int64_t predicted) const {
  return ratio(count(label, predicted), of_label(label));
}

std::optional<double> Confusion::accuracy() const {
  std::int64_t right = 0;
  for (std::int64_t c = 0; c < classes_; ++c) right += count(c, c);
  return ratio(right, total());
}

std::optional<double> Confusion::precision(std::int64_t c) const {
  return ratio(count(c, c), of_prediction(c));
}

std::vector<Confused> Confusion::most_confused(std::size_t most) const {
  std::vector<Confused> pairs;
  for (std::int64_t i = 0; i < classes_; ++i)
    for (std::int64_t j = 0; j < classes_; ++j)
      if (i != j && count(i, j) > 0) pairs.push_back({i, j, count(i, j), *share(i, j)});
  std::stable_sort(pairs.begin(), pairs.end(), [](const Confused& a, const Confused& b) {
    return a.share != b.share ? a.share > b.share : a.count > b.count;
  });
  pairs.resize(std::min(pairs.size(), most));
  return pairs;
}

}  // namespace backlight
