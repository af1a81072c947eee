#include "xai/shapley_sampling.h"

#include <cmath>
#include <numeric>

#include "tensor/random.h"

namespace backlight {
namespace {

std::vector<std::size_t> permutation(std::int64_t players, std::uint64_t seed, std::int64_t k) {
  std::vector<std::size_t> order(static_cast<std::size_t>(players));
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed, static_cast<std::uint64_t>(k));
  for (std::size_t i = order.size() - 1; i > 0; --i)
    std::swap(order[i], order[static_cast<std::size_t>(random.below(static_cast<int>(i) + 1))]);
  return order;
}

}  // namespace

ShapleySamplingResult shapley_sampling(const SegmentGame& game,
                                       const ShapleySamplingOptions& options, const Work& work) {
  require(options.permutations >= 1, "Shapley sampling needs at least one permutation, not ",
          options.permutations);
  const std::int64_t players = game.players(), steps = players - 1;
  // The baseline, the whole picture, and for each permutation its first 1, 2, ..., M - 1 players.
  const auto coalition = [&](std::int64_t k) {
    if (k < 2) return k == 0 ? game.nobody() : game.everybody();
    const std::vector<std::size_t> order = permutation(players, options.seed, (k - 2) / steps);
    Coalition shown = game.nobody();
    for (std::int64_t i = 0; i <= (k - 2) % steps; ++i)
      shown[order[static_cast<std::size_t>(i)]] = true;
    return shown;
  };
  const std::vector<double> worth = game.worths(2 + options.permutations * steps, coalition, work);

  const auto m = static_cast<std::size_t>(players);
  std::vector<double> sum(m), squares(m);
  for (std::int64_t k = 0; k < options.permutations; ++k) {
    const std::vector<std::size_t> order = permutation(players, options.seed, k);
    double before = worth[0];
    for (std::size_t i = 0; i < m; ++i) {
      const auto at = static_cast<std::size_t>(2 + k * steps) + i;
      const double with = i + 1 < m ? worth[at] : worth[1];
      sum[order[i]] += with - before;
      squares[order[i]] += (with - before) * (with - before);
      before = with;
    }
  }

  ShapleySamplingResult result;
  result.expected = worth[1] - worth[0];
  const auto n = static_cast<double>(options.permutations);
  for (std::size_t s = 0; s < m; ++s) {
    const double mean = sum[s] / n;
    const double variance = n > 1 ? std::max(0.0, squares[s] / n - mean * mean) / (n - 1) : 0;
    result.shapley_values.push_back(mean);
    result.standard_errors.push_back(std::sqrt(variance));
    result.sum += mean;
  }
  result.relative_error = relative_error_of(result.shapley_values, result.standard_errors);
  result.values = game.map(result.shapley_values);
  return result;
}

}  // namespace backlight
