# What the compiler gives every CUDA kernel. ptxas reports it (-Xptxas -v), keep_ptxas.sh keeps the
# report beside the object file, and kernel_registers.cpp gathers all in
#   <build folder>/kernel_registers.txt    which tests/build/ compares with the written budgets
#   <build folder>/kernel_registers.inc    which kernels/registers.cpp puts into the program

# backlight_keep_registers(TARGET): compiles the CUDA files of an OBJECT library so. TARGET must not
# depend on backlight_kernels, which is built from what is gathered.
function(backlight_keep_registers target)
  set(launcher ${CMAKE_SOURCE_DIR}/cmake/keep_ptxas.sh ${CMAKE_CUDA_COMPILER_LAUNCHER})
  set_property(TARGET ${target} PROPERTY CUDA_COMPILER_LAUNCHER ${launcher})
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Xptxas=-v>)
  set_property(GLOBAL APPEND PROPERTY BACKLIGHT_KERNEL_OBJECTS
    $<FILTER:$<TARGET_OBJECTS:${target}>,INCLUDE,\\.cu\\.o>)
endfunction()

# To be called after every backlight_keep_registers.
function(backlight_gather_registers)
  get_property(objects GLOBAL PROPERTY BACKLIGHT_KERNEL_OBJECTS)
  if(NOT objects)
    return()
  endif()
  add_executable(kernel_registers cmake/kernel_registers.cpp)
  target_link_libraries(kernel_registers PRIVATE backlight_options)
  set(table ${CMAKE_BINARY_DIR}/kernel_registers.txt)
  set(include ${CMAKE_BINARY_DIR}/kernel_registers.inc)
  add_custom_command(OUTPUT ${table} ${include}
    COMMAND kernel_registers ${table} ${include} ${objects}
    DEPENDS kernel_registers ${objects} COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Gathering the registers of all kernels")
  add_custom_target(backlight_registers ALL DEPENDS ${table} ${include})
  add_dependencies(backlight_kernels backlight_registers)
  set_property(SOURCE ${CMAKE_SOURCE_DIR}/kernels/registers.cpp APPEND PROPERTY OBJECT_DEPENDS
    ${include})
  set_property(SOURCE ${CMAKE_SOURCE_DIR}/kernels/registers.cpp APPEND PROPERTY COMPILE_DEFINITIONS
    "BACKLIGHT_KERNEL_REGISTERS=\"${include}\"")
endfunction()
