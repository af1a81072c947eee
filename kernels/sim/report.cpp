#include "kernels/sim/report.h"

#include <map>

namespace backlight::sim {
namespace {

std::string triple(std::uint64_t x, std::uint64_t y, std::uint64_t z) {
  return str("(", x, ",", y, ",", z, ")");
}

}  // namespace

std::string ranks_text(const std::vector<std::uint32_t>& ranks) {
  std::string text;
  int ranges = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (++ranges > 8) return text + ", ...";
    const std::size_t first = i;
    while (i + 1 < ranks.size() && ranks[i + 1] == ranks[i] + 1) ++i;
    text += str(text.empty() ? "" : ", ", ranks[first], i > first ? str("-", ranks[i]) : "");
  }
  return text;
}

std::string describe_thread(std::uint32_t rank, std::uint32_t block) {
  const auto [gx, gy, gz] = machine.launch->grid;
  const auto [bx, by, bz] = machine.launch->block;
  return str("block ", triple(block % gx, block / gx % gy, block / gx / gy), ", thread ",
             triple(rank % bx, rank / bx % by, rank / bx / by));
}

std::string describe_thread(std::uint32_t rank) { return describe_thread(rank, machine.block); }

std::string describe_launch(const LaunchRequest& request) {
  const auto [gx, gy, gz] = request.grid;
  const auto [bx, by, bz] = request.block;
  std::string text =
      str("kernel ", request.kernel, ", grid ", triple(gx, gy, gz), ", block ", triple(bx, by, bz),
          ", ", request.shared_bytes, " bytes of dynamic shared memory");
  if (request.shapes && !request.shapes->empty()) text += ", " + *request.shapes;
  return text;
}

std::string compose(const std::string& what, const std::vector<std::string>& details) {
  std::string text = what;
  for (const std::string& detail : details) text += "\n  " + detail;
  if (machine.launch) {
    text += "\n  " + describe_launch(*machine.launch);
    text += str("\n  launch ", machine.launches, " with BACKLIGHT_SIM_SEED=", machine.seed);
  }
  return text;
}

void fault_at(const void* site, const std::string& what, const std::vector<std::string>& details) {
  const Inside here(&machine);
  std::vector<std::string> all{
      str("by ", describe_thread(running->rank), site ? " at " + describe_site(site) : "")};
  all.insert(all.end(), details.begin(), details.end());
  end_launch_with(compose(what, all));
}

void report_deadlock() {
  // Threads that wait for the same thing at the same place are one line.
  std::map<std::string, std::vector<std::uint32_t>> groups;
  for (std::uint32_t rank = 0; rank < machine.thread_count; ++rank) {
    const Thread& t = machine.threads[rank];
    groups[t.exited ? "have exited"
                    : str("wait in ", t.wait.what, " at ", describe_site(t.wait.site))]
        .push_back(rank);
  }
  std::vector<std::string> details{
      describe_thread(0).substr(0, describe_thread(0).find(", thread"))};
  for (const auto& [where, ranks] : groups)
    details.push_back(
        str(ranks.size() == 1 ? "thread " : "threads ", ranks_text(ranks),
            ranks.size() == 1 && where == "have exited" ? " has exited" : " " + where));
  end_launch_with(compose("deadlock: no thread of the block can go on", details));
}

}  // namespace backlight::sim
