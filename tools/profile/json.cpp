// The schema of the JSON file. What a device does not measure or count is null.
//
//   format         "backlight-profile"
//   format_version 1; grows when a name changes its meaning
//   version, command, weights, model, device, device_name, precision, method, batch, repeats
//   ceilings       {flop_per_second, bytes_per_second, source}, or null
//   launches       in their order: [{
//     layer, pass, kernel, shapes, grid: [x, y, z], block: [x, y, z]
//     static_shared_bytes, dynamic_shared_bytes
//     registers    of a thread, or null; local_bytes of a thread
//     occupancy    {blocks, warps, most_warps, share, limit, registers_known}, or null
//     flop, bytes  the declared work
//     seconds      or null
//     roofline     the share of the roofline's speed, or null
//     counts       {instructions: {"shared load": TRAFFIC, ...}, lines: [{file, line, instruction,
//                  TRAFFIC's names, worst}]}, or null
//   }]
//   layers, kernels, all   sums: {layer, pass, kernel, launches, flop, bytes, seconds, roofline,
//                  instructions: {"shared load": TRAFFIC, ...}}
//   offenders      [sentence, ...]
//
// TRAFFIC is {requests, bytes, sectors, ideal_sectors, wavefronts, ideal_wavefronts}. `worst`, of a
// line that uses shared memory, is {lanes: [lane, ...], offsets: [byte, ...], size, wavefronts,
// ideal_wavefronts}: the request with the most bank conflicts; null elsewhere.
#include "tools/profile/summary.h"

namespace backlight::tools {
namespace {

using nlohmann::json;

template <typename Value>
json or_null(const std::optional<Value>& value) {
  return value ? json(*value) : json(nullptr);
}

json traffic_json(const Traffic& traffic) {
  return {{"requests", traffic.requests},     {"bytes", traffic.bytes},
          {"sectors", traffic.sectors},       {"ideal_sectors", traffic.ideal_sectors},
          {"wavefronts", traffic.wavefronts}, {"ideal_wavefronts", traffic.ideal_wavefronts}};
}

// The kinds of instructions that there were.
json instructions_json(const std::array<Traffic, backlight::sim::kInstructions>& totals) {
  json out = json::object();
  for (std::size_t i = 0; i < totals.size(); ++i)
    if (totals[i].requests) out[name_of(static_cast<Instruction>(i))] = traffic_json(totals[i]);
  return out;
}

json worst_json(const backlight::sim::SharedRequest& worst) {
  if (!worst.lanes) return nullptr;
  json lanes = json::array(), offsets = json::array();
  for (std::size_t lane = 0; lane < worst.offsets.size(); ++lane) {
    if (!(worst.lanes >> lane & 1)) continue;
    lanes.push_back(lane);
    offsets.push_back(worst.offsets[lane]);
  }
  return {{"lanes", lanes},
          {"offsets", offsets},
          {"size", worst.size},
          {"wavefronts", worst.wavefronts},
          {"ideal_wavefronts", worst.ideal_wavefronts}};
}

json counts_json(const std::optional<backlight::sim::LaunchStatistics>& counts) {
  if (!counts) return nullptr;
  json lines = json::array();
  for (const LineStatistics& line : counts->lines) {
    json row = traffic_json(line.traffic);
    row.update({{"file", line.file},
                {"line", line.line},
                {"instruction", name_of(line.kind)},
                {"worst", worst_json(line.worst)}});
    lines.push_back(std::move(row));
  }
  return {{"instructions", instructions_json(counts->totals)}, {"lines", lines}};
}

json occupancy_json(const std::optional<kernels::Occupancy>& occupancy) {
  if (!occupancy) return nullptr;
  return {{"blocks", occupancy->blocks},         {"warps", occupancy->warps},
          {"most_warps", occupancy->most_warps}, {"share", occupancy->share()},
          {"limit", occupancy->limit},           {"registers_known", occupancy->registers_known}};
}

// Of one launch, by the sum of it alone.
json roofline_json(const ProfileRun& run, const kernels::LaunchRecord& record) {
  if (!run.ceilings || !record.seconds) return nullptr;
  return std::max(record.flop / run.ceilings->flop_per_second,
                  record.bytes / run.ceilings->bytes_per_second) /
         *record.seconds;
}

json launch_json(const ProfileRun& run, const kernels::LaunchRecord& record) {
  return {{"layer", record.layer},
          {"pass", name_of(record.pass)},
          {"kernel", record.kernel},
          {"shapes", record.shapes},
          {"grid", record.grid},
          {"block", record.block},
          {"static_shared_bytes", record.static_shared_bytes},
          {"dynamic_shared_bytes", record.dynamic_shared_bytes},
          {"registers", record.registers ? json(record.registers) : json(nullptr)},
          {"local_bytes", record.local_bytes},
          {"occupancy", occupancy_json(record.occupancy)},
          {"flop", record.flop},
          {"bytes", record.bytes},
          {"seconds", or_null(record.seconds)},
          {"roofline", roofline_json(run, record)},
          {"counts", counts_json(record.counts)}};
}

json sum_json(const ProfileRun& run, const LaunchSum& sum) {
  return {{"layer", sum.layer},
          {"pass", name_of(sum.pass)},
          {"kernel", sum.kernel},
          {"launches", sum.launches},
          {"flop", sum.flop},
          {"bytes", sum.bytes},
          {"seconds", run.is_counted() ? json(nullptr) : json(sum.seconds)},
          {"roofline", run.ceilings ? json(sum.roofline_share()) : json(nullptr)},
          {"instructions", instructions_json(sum.totals)}};
}

json sums_json(const ProfileRun& run, const std::vector<LaunchSum>& sums) {
  json list = json::array();
  for (const LaunchSum& sum : sums) list.push_back(sum_json(run, sum));
  return list;
}

}  // namespace

json to_json(const ProfileRun& run) {
  json launches = json::array(), ceilings;
  for (const kernels::LaunchRecord& record : run.records)
    launches.push_back(launch_json(run, record));
  if (run.ceilings)
    ceilings = {{"flop_per_second", run.ceilings->flop_per_second},
                {"bytes_per_second", run.ceilings->bytes_per_second},
                {"source", run.ceilings->source}};
  return {{"format", "backlight-profile"},
          {"format_version", 1},
          {"version", run.version},
          {"command", run.command},
          {"weights", run.weights},
          {"model", run.model},
          {"device", name_of(run.device)},
          {"device_name", run.device_name},
          {"precision", run.precision},
          {"method", run.method},
          {"batch", run.batch},
          {"repeats", run.repeats},
          {"ceilings", ceilings},
          {"launches", launches},
          {"layers", sums_json(run, sums_by_layer(run))},
          {"kernels", sums_json(run, sums_by_kernel(run))},
          {"all", sum_json(run, sum_of_all(run))},
          {"offenders", offenders(run)}};
}

}  // namespace backlight::tools
