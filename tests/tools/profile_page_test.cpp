// The table, the JSON and the page of profiles whose numbers are known.
#include <gtest/gtest.h>

#include <cmath>

#include "tools/profile/banks.h"
#include "tools/profile/summary.h"

namespace backlight::tools {
namespace {

using kernels::LaunchRecord;
using kernels::Pass;

LaunchRecord launch(const std::string& layer, Pass pass, const std::string& kernel, double flop,
                    double bytes, double seconds) {
  LaunchRecord record;
  record.device = Device::cuda;
  record.layer = layer;
  record.pass = pass;
  record.kernel = kernel;
  record.grid = {64, 1, 1};
  record.block = {256, 1, 1};
  record.registers = 96;
  record.occupancy = kernels::occupancy_of(256, 96, 0);
  record.flop = flop;
  record.bytes = bytes;
  record.seconds = seconds;
  return record;
}

// A roof of 100 TFLOP/s and 1 TB/s: the ridge is at 100 operations a byte.
ProfileRun timed_run() {
  ProfileRun run;
  run.command = {"backlight", "profile", "--device", "cuda"};
  run.model = "a food CNN";
  run.weights = "<weights>";
  run.method = "saliency";
  run.precision = "tf32";
  run.device = Device::cuda;
  run.device_name = "a GPU & its \"name\"";
  run.batch = 32;
  run.repeats = 5;
  run.ceilings = kernels::Ceilings{100e12, 1e12, "Made up."};
  run.records = {
      launch("cnn.3", Pass::forward, "conv2d", 10e9, 10e6, 200e-6),   // bound 100 us
      launch("cnn.3", Pass::forward, "conv2d", 10e9, 10e6, 200e-6),   // again
      launch("cnn.4", Pass::forward, "max_pool2d", 0, 90e6, 100e-6),  // bound 90 us
      launch("cnn.3", Pass::backward, "conv2d_data_gradient", 10e9, 10e6, 500e-6),
  };
  return run;
}

LineStatistics shared_line(int line, const SharedRequest& worst, std::uint64_t requests) {
  LineStatistics out;
  out.file = "kernels/profile.h";  // any file that is there
  out.line = line;
  out.kind = Instruction::shared_load;
  out.traffic.requests = requests;
  out.traffic.bytes = requests * 32 * worst.size;
  out.traffic.wavefronts = requests * worst.wavefronts;
  out.traffic.ideal_wavefronts = requests * worst.ideal_wavefronts;
  out.worst = worst;
  return out;
}

// conv2d reads a column of float[32][32] on one line, a row on another.
ProfileRun counted_run(bool with_conflicts) {
  ProfileRun run = timed_run();
  run.device = Device::sim;
  run.ceilings.reset();
  run.repeats = 1;
  SharedRequest column{.lanes = 0xffffffff, .size = 4}, row = column;
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    column.offsets[lane] = 128 * lane;
    row.offsets[lane] = 4 * lane;
  }
  count_passes(column);
  count_passes(row);
  for (LaunchRecord& record : run.records) {
    record.device = Device::sim;
    record.seconds.reset();
    record.registers = 0;
    record.occupancy = kernels::occupancy_of(256, 0, 0);
    record.counts.emplace();
    if (!record.kernel.starts_with("conv2d")) continue;
    record.counts->lines.push_back(shared_line(3, row, 8));
    if (with_conflicts) record.counts->lines.push_back(shared_line(30, column, 2));
    for (const LineStatistics& line : record.counts->lines)
      record.counts->totals[static_cast<std::size_t>(line.kind)] += line.traffic;
  }
  return run;
}

TEST(ProfileSums, AddUpByRowLayerAndKernel) {
  const ProfileRun run = timed_run();
  const auto rows = sums_by_row(run), layers = sums_by_layer(run), by_kernel = sums_by_kernel(run);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].launches, 2u);
  EXPECT_DOUBLE_EQ(rows[0].seconds, 400e-6);
  EXPECT_DOUBLE_EQ(rows[0].roofline_share(), 0.5);
  EXPECT_DOUBLE_EQ(rows[1].roofline_share(), 0.9) << "memory is what bounds the pooling";
  EXPECT_EQ(rows[2].pass, Pass::backward);
  EXPECT_EQ(layers.size(), 3u);
  EXPECT_EQ(by_kernel.size(), 3u);
  EXPECT_DOUBLE_EQ(sum_of_all(run).seconds, 1e-3);
}

TEST(ProfileSums, NameWhatLosesTheMostTime) {
  const std::vector<std::string> worst = offenders(timed_run());
  ASSERT_EQ(worst.size(), 3u);
  EXPECT_EQ(worst[0],
            "cnn.3 backward, conv2d_data_gradient: 50 % of the time, at 20 % of the roofline");
  EXPECT_EQ(worst[1], "cnn.3 forward, conv2d: 40 % of the time, at 50 % of the roofline");
  EXPECT_EQ(worst[2], "cnn.4 forward, max_pool2d: 10 % of the time, at 90 % of the roofline");
}

TEST(ProfileSums, NameWhatConflictsTheMost) {
  const std::vector<std::string> worst = offenders(counted_run(true));
  ASSERT_EQ(worst.size(), 2u);
  EXPECT_EQ(worst[0],
            "cnn.3 forward, conv2d: bank conflicts cost 124 passes over shared memory, 7.2 times "
            "as many as needed (most at kernels/profile.h:30)");
  EXPECT_TRUE(offenders(counted_run(false)).empty());
}

TEST(ProfileTable, ShowsLayersKernelsAndOffenders) {
  const std::string text = to_table(timed_run());
  for (const char* part :
       {"cnn.3 forward", "  conv2d_data_gradient", "500.0 us", "50.0 %", " 20000 ", "all",
        "1.00 ms", "the median of 5 runs", "Made up.", "Look first at:\n  cnn.3 backward"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
  const std::string counted = to_table(counted_run(true));
  for (const char* part : {"conflicts", "124", "registers are known only", "<= 100 %"})
    EXPECT_NE(counted.find(part), std::string::npos) << part << " is not in\n" << counted;
  EXPECT_NE(to_table(counted_run(false)).find("Nothing stands out"), std::string::npos);
}

TEST(ProfileJson, HoldsEverything) {
  const auto json = to_json(counted_run(true));
  EXPECT_EQ(json.at("format"), "backlight-profile");
  EXPECT_EQ(json.at("launches").size(), 4u);
  const auto& first = json.at("launches")[0];
  EXPECT_TRUE(first.at("seconds").is_null());
  EXPECT_TRUE(first.at("registers").is_null());
  EXPECT_EQ(first.at("counts").at("instructions").at("shared load").at("requests"), 10);
  const auto& line = first.at("counts").at("lines")[1];
  EXPECT_EQ(line.at("line"), 30);
  EXPECT_EQ(line.at("worst").at("wavefronts"), 32);
  EXPECT_EQ(line.at("worst").at("offsets")[2], 256);
  const auto timed = to_json(timed_run());
  EXPECT_TRUE(timed.at("launches")[0].at("counts").is_null());
  EXPECT_NEAR(timed.at("launches")[3].at("roofline").get<double>(), 0.2, 1e-12);
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) ++count;
  return count;
}

// Loads nothing, runs nothing, and nothing that came from outside is markup.
void expect_self_contained(const std::string& page) {
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  for (const char* part : {"http:", "https:", "<script", "<link", "<img", "url("})
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  EXPECT_NE(page.find("Content-Security-Policy"), std::string::npos);
  EXPECT_NE(page.find("&lt;weights&gt;"), std::string::npos);
  EXPECT_EQ(page.find("<weights>"), std::string::npos);
  for (const char* tag : {"section", "svg", "table", "details", "figure", "div", "g", "text"})
    EXPECT_EQ(count_of(page, str("<", tag, " ")) + count_of(page, str("<", tag, ">")),
              count_of(page, str("</", tag, ">")))
        << tag;
}

TEST(ProfilePage, DrawsTheRooflineAndTheTimes) {
  const std::string page = to_page(timed_run());
  expect_self_contained(page);
  // The pooling declares no arithmetic: it has a bar, but no dot.
  EXPECT_EQ(count_of(page, "class=\"dot\""), 2u);
  EXPECT_NE(page.find("100 TFLOP/s"), std::string::npos);
  EXPECT_NE(page.find("cnn.3 backward"), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
}

TEST(ProfilePage, DrawsTheBanksOfTheWorstRequest) {
  const std::string page = to_page(counted_run(true));
  expect_self_contained(page);
  EXPECT_NE(page.find("The fullest bank holds 32 of them"), std::string::npos);
  EXPECT_NE(page.find("The same lanes with padded rows."), std::string::npos);
  EXPECT_NE(page.find("<em>124 for conflicts</em>"), std::string::npos);
  EXPECT_NE(page.find("#pragma once"), std::string::npos) << "the source is shown around line 3";
}

TEST(ProfilePage, SaysSoWhereThereAreNoConflicts) {
  const std::string page = to_page(counted_run(false));
  expect_self_contained(page);
  EXPECT_NE(page.find("<span class=\"good\">none</span> in 16 passes"), std::string::npos);
  EXPECT_EQ(page.find("for conflicts"), std::string::npos);
}

}  // namespace
}  // namespace backlight::tools
