#include "kernels/lab/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "kernels/device.h"

namespace backlight::kernels::lab {

using ::backlight::sim::Instruction;

namespace {

constexpr const char* kTimedColumns =
    "rung                           time    GFLOP/s     GB/s  %roof  factor      error\n";
constexpr const char* kCountedColumns =
    "rung                      loads  sect   from global  shared  confl.  barr. cp.async   TMA    "
    "mma  wgmma    error\n";
constexpr const char* kCountedMeaning =
    "Instructions are those that a warp issues.\n"
    "  loads        from global memory into registers; sect: 32-byte sectors that each touches\n"
    "  from global  bytes that loads (by sectors), cp.async and TMA bring, caches or not\n"
    "  shared       loads and stores of shared memory, and ldmatrix; confl.: passes over the "
    "banks\n"
    "               beyond those that their widths need\n"
    "  barr.        block-wide barriers that a block passes\n"
    "  error        largest difference from float64, as a part of the root mean square\n";

// What is computed a second at most, for a family.
double flop_ceiling(const Climb& climb, const Ceilings& ceilings) {
  return climb.family == "softmax" ? ceilings.fp32 : ceilings.tensor();
}

std::string number(double value) {
  char text[32];
  if (value >= 1e6)
    std::snprintf(text, sizeof text, "%.3gM", 1e-6 * value);
  else if (value >= 1e4)
    std::snprintf(text, sizeof text, "%.3gk", 1e-3 * value);
  else
    std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

// Text as a JSON string.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

}  // namespace

Report::Report(Device device) : device_(device) {
  if (device == Device::sim) {
    std::fputs(kCountedMeaning, stdout);
    return;
  }
  ceilings_ = cuda::lab::measured_ceilings();
  std::printf(
      "%s\nmeasured ceilings: fp32 %.1f, TF32 by mma.sync %.0f, by wgmma %.0f TFLOP/s; "
      "copy %.2f TB/s\n%%roof: of the time that the higher TF32 ceiling (softmax: fp32) or "
      "the copy allows\nfactor: over the rung before\n",
      description_of(device).c_str(), 1e-12 * ceilings_.fp32, 1e-12 * ceilings_.mma,
      1e-12 * ceilings_.wgmma, 1e-12 * ceilings_.copy);
}

Finding Report::find(const Climb& climb, const Step& step) const {
  Finding finding;
  finding.family = climb.family;
  finding.shapes = climb.shapes;
  finding.rung = step.name;
  finding.idea = step.idea;
  finding.flop = climb.flop;
  finding.bytes = climb.bytes;
  finding.tolerance = step.tolerance;
  if (device_ == Device::cuda && step.needs == Needs::sm_90a && !cuda::lab::is_hopper()) {
    finding.skipped = true;
    finding.problem = "needs a Hopper GPU (sm_90a)";
    return finding;
  }
  try {
    climb.poison();
    if (device_ == Device::sim)
      finding.counts = counted(step.run);
    else
      step.run();
    finding.deviation = climb.deviation();
    if (!(finding.deviation <= step.tolerance)) {
      finding.problem =
          str("wrong: the error is ", finding.deviation, ", more than ", step.tolerance);
      return finding;
    }
    if (device_ == Device::cuda) {
      finding.seconds = cuda::lab::median_seconds(step.run);
      finding.roof_share =
          std::max(climb.flop / flop_ceiling(climb, ceilings_), climb.bytes / ceilings_.copy) /
          finding.seconds;
    }
  } catch (const Error& error) {
    finding.problem = error.what();
  }
  return finding;
}

void Report::print(const Finding& finding, const Finding* before) const {
  std::printf("%-22s ", finding.rung.c_str());
  if (!finding.problem.empty()) {
    std::printf("%s\n", finding.problem.c_str());
  } else if (device_ == Device::cuda) {
    const double factor = before && before->seconds > 0 ? before->seconds / finding.seconds : 1;
    std::printf("%9.3f ms %10.0f %8.0f %5.1f%% %6.2fx %10.1e\n", 1e3 * finding.seconds,
                1e-9 * finding.flop / finding.seconds, 1e-9 * finding.bytes / finding.seconds,
                100 * finding.roof_share, factor, finding.deviation);
  } else {
    const Counts& c = finding.counts;
    const auto requests = [&](Instruction kind) {
      return number(static_cast<double>(c[kind].requests));
    };
    const double shared = static_cast<double>(c[Instruction::shared_load].requests +
                                              c[Instruction::shared_store].requests +
                                              c[Instruction::matrix_load].requests);
    std::printf("%8s %5.1f %13s %7s %7s %6.4g %8s %5s %6s %6s %8.1e\n",
                requests(Instruction::global_load).c_str(), c.sectors_per_load(),
                number(c.bytes_loaded()).c_str(), number(shared).c_str(),
                number(static_cast<double>(c.bank_conflicts())).c_str(), c.block_barriers,
                requests(Instruction::cp_async).c_str(), requests(Instruction::tma_load).c_str(),
                requests(Instruction::mma_tf32).c_str(), requests(Instruction::wgmma_tf32).c_str(),
                finding.deviation);
  }
  std::printf("    %s\n", finding.idea.c_str());
  std::fflush(stdout);
}

void Report::climb(const Climb& climb) {
  std::printf("\n%s %s\n%s", climb.family.c_str(), climb.shapes.c_str(),
              device_ == Device::cuda ? kTimedColumns : kCountedColumns);
  bool is_first = true;
  for (const Step& step : climb.steps) {
    const Finding finding = find(climb, step);
    print(finding, is_first ? nullptr : &findings_.back());
    findings_.push_back(finding);
    is_first = false;
  }
}

bool Report::all_right() const {
  return std::all_of(findings_.begin(), findings_.end(), [](const Finding& finding) {
    return finding.problem.empty() || finding.skipped;
  });
}

void Report::write_json(const std::string& path) const {
  std::ofstream out(path);
  out << "{\"device\": " << quoted(name_of(device_))
      << ", \"description\": " << quoted(description_of(device_));
  if (device_ == Device::cuda)
    out << ", \"ceilings\": {\"fp32\": " << ceilings_.fp32 << ", \"mma_tf32\": " << ceilings_.mma
        << ", \"wgmma_tf32\": " << ceilings_.wgmma << ", \"copy\": " << ceilings_.copy << "}";
  out << ",\n\"rungs\": [";
  const char* separator = "\n";
  for (const Finding& f : findings_) {
    out << separator << "{\"family\": " << quoted(f.family) << ", \"shapes\": " << quoted(f.shapes)
        << ", \"rung\": " << quoted(f.rung) << ", \"flop\": " << f.flop
        << ", \"bytes\": " << f.bytes;
    separator = ",\n";
    if (!f.problem.empty()) {
      out << ", \"problem\": " << quoted(f.problem) << "}";
      continue;
    }
    out << ", \"error\": " << f.deviation;
    if (device_ == Device::cuda) {
      out << ", \"seconds\": " << f.seconds << ", \"roof_share\": " << f.roof_share << "}";
      continue;
    }
    out << ", \"launches\": " << f.counts.launches
        << ", \"sectors_per_load\": " << f.counts.sectors_per_load()
        << ", \"bytes_loaded\": " << f.counts.bytes_loaded()
        << ", \"bytes_stored\": " << f.counts.bytes_stored()
        << ", \"bank_conflicts\": " << f.counts.bank_conflicts()
        << ", \"block_barriers\": " << f.counts.block_barriers << ", \"instructions\": {";
    const char* comma = "";
    for (std::size_t i = 0; i < ::backlight::sim::kInstructions; ++i) {
      const auto kind = static_cast<Instruction>(i);
      if (f.counts[kind].requests == 0) continue;
      out << comma << quoted(::backlight::sim::name_of(kind)) << ": " << f.counts[kind].requests;
      comma = ", ";
    }
    out << "}}";
  }
  out << "\n]}\n";
  out.close();
  require(out.good(), "cannot write ", path);
}

}  // namespace backlight::kernels::lab
