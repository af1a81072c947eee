#include "xai/shapley_kernel.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "tensor/random.h"

namespace backlight {
namespace {

// C(n, k), or something larger than any budget.
double combinations(std::int64_t n, std::int64_t k) {
  double count = 1;
  for (std::int64_t i = 1; i <= k; ++i)
    count *= static_cast<double>(n - k + i) / static_cast<double>(i);
  return count;
}

// The weight of all coalitions of a size together.
double size_weight(std::int64_t players, std::int64_t size) {
  return static_cast<double>(players - 1) / static_cast<double>(size * (players - size));
}

double weight_of_sizes(std::int64_t players, std::int64_t from, std::int64_t to) {
  double sum = 0;
  for (std::int64_t size = from; size <= to; ++size) sum += size_weight(players, size);
  return sum;
}

Coalition complement(Coalition shown) {
  shown.flip();
  return shown;
}

// Calls visit(coalition) for each coalition of a size, in lexicographic order.
template <typename Visit>
void for_each_of_size(std::int64_t players, std::int64_t size, Visit visit) {
  Coalition shown(static_cast<std::size_t>(players), false);
  std::fill(shown.begin(), shown.begin() + size, true);
  do visit(shown);
  while (std::prev_permutation(shown.begin(), shown.end()));
}

// A coalition of one of the sizes [smallest, players - smallest].
Coalition draw_coalition(std::int64_t players, std::int64_t smallest, Random& random) {
  double left = static_cast<double>(random.uniform()) *
                weight_of_sizes(players, smallest, players - smallest);
  std::int64_t size = smallest;
  while (size < players - smallest && left >= size_weight(players, size))
    left -= size_weight(players, size++);
  std::vector<std::size_t> order(static_cast<std::size_t>(players));
  std::iota(order.begin(), order.end(), std::size_t{0});
  Coalition shown(order.size(), false);
  for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) {
    const int others = static_cast<int>(order.size() - i);
    std::swap(order[i], order[i + static_cast<std::size_t>(random.below(others))]);
    shown[order[i]] = true;
  }
  return shown;
}

}  // namespace

CoalitionPlan plan_coalitions(std::int64_t players, std::int64_t budget, std::uint64_t seed) {
  require(players >= 2, "a regression needs at least two segments, not ", players);
  require(budget >= 2 * players + 4,
          "KernelSHAP needs at least two samples a segment and four more, ", 2 * players + 4,
          ", not ", budget);
  CoalitionPlan plan;
  const double total = weight_of_sizes(players, 1, players - 1);
  std::int64_t size = 1;
  for (; 2 * size <= players; ++size) {
    const bool in_the_middle = 2 * size == players;
    const double sets = combinations(players, size) * (in_the_middle ? 1 : 2);
    const double weight = size_weight(players, size) * (in_the_middle ? 1 : 2);
    const auto left = static_cast<double>(budget) - static_cast<double>(plan.coalitions.size());
    const double share = weight / weight_of_sizes(players, size, players - size);
    if (size > 1 && left * share < sets * (1 - 1e-8)) break;
    for_each_of_size(players, size, [&](const Coalition& shown) {
      plan.coalitions.push_back({shown, weight / sets / total});
      if (!in_the_middle) plan.coalitions.push_back({complement(shown), weight / sets / total});
    });
  }
  plan.taken = plan.coalitions.size();
  if (2 * size > players) return plan;

  plan.draws = (budget - static_cast<std::int64_t>(plan.taken)) / 2;
  const double weight =
      weight_of_sizes(players, size, players - size) / total / static_cast<double>(2 * plan.draws);
  std::map<Coalition, std::size_t> pair_of;  // by either half
  for (std::int64_t k = 0; k < plan.draws; ++k) {
    Random random(seed, static_cast<std::uint64_t>(k));
    const Coalition shown = draw_coalition(players, size, random);
    const auto [found, is_new] = pair_of.try_emplace(shown, plan.times.size());
    const std::size_t pair = found->second;
    if (is_new) {
      pair_of.emplace(complement(shown), pair);
      plan.coalitions.insert(plan.coalitions.end(), {{shown, 0}, {complement(shown), 0}});
      plan.times.push_back(0);
    }
    ++plan.times[pair];
    plan.coalitions[plan.taken + 2 * pair].weight += weight;
    plan.coalitions[plan.taken + 2 * pair + 1].weight += weight;
  }
  return plan;
}

}  // namespace backlight
