# What the compiler gives every CUDA kernel. ptxas reports it (-Xptxas -v), keep_ptxas.sh keeps the
# report beside the object file, and kernel_registers.cpp gathers the reports in
#   <build folder>/kernel_registers.txt    which tests/build/ compares with the written budgets
#   <build folder>/kernel_registers.inc    which kernels/registers.cpp puts into the program

# backlight_keep_registers(TARGET): compiles the CUDA files of an OBJECT library so.
function(backlight_keep_registers target)
  set(launcher ${CMAKE_SOURCE_DIR}/cmake/keep_ptxas.sh ${CMAKE_CUDA_COMPILER_LAUNCHER})
  set_property(TARGET ${target} PROPERTY CUDA_COMPILER_LAUNCHER ${launcher})
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Xptxas=-v>)
endfunction()

# gather(FORM FILE TARGET...): FILE from the kernels of targets.
function(gather form file)
  set(objects "")
  foreach(target ${ARGN})
    list(APPEND objects $<FILTER:$<TARGET_OBJECTS:${target}>,INCLUDE,\\.cu\\.o>)
  endforeach()
  add_custom_command(OUTPUT ${file} COMMAND kernel_registers ${form} ${file} ${objects}
    DEPENDS kernel_registers ${objects} COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Gathering the registers of kernels")
endfunction()

# backlight_gather_registers(TARGET...): to be called when there is backlight_cuda and all TARGETs,
# which are what else budgets are written for. The program knows of backlight_cuda's kernels only.
function(backlight_gather_registers)
  add_executable(kernel_registers cmake/kernel_registers.cpp)
  target_link_libraries(kernel_registers PRIVATE backlight_options)
  gather(table ${CMAKE_BINARY_DIR}/kernel_registers.txt backlight_cuda ${ARGN})
  add_custom_target(backlight_register_table DEPENDS ${CMAKE_BINARY_DIR}/kernel_registers.txt)

  set(include ${CMAKE_BINARY_DIR}/kernel_registers.inc)
  gather(include ${include} backlight_cuda)
  target_sources(backlight_kernels PRIVATE ${include})
  set_property(SOURCE ${CMAKE_SOURCE_DIR}/kernels/registers.cpp PROPERTY OBJECT_DEPENDS ${include})
  set_property(SOURCE ${CMAKE_SOURCE_DIR}/kernels/registers.cpp PROPERTY COMPILE_DEFINITIONS
    "BACKLIGHT_KERNEL_REGISTERS=\"${include}\"")
endfunction()
