// Two requests to valgrind's tool callgrind. They are spelled out, so that nothing has to be installed to build them:
// a sequence that a processor runs without effect and valgrind knows (valgrind.h, "amd64-linux"; callgrind.h).
#ifndef DISCORDCTL_CCALLGRIND_SHIM_H
#define DISCORDCTL_CCALLGRIND_SHIM_H

static inline void callgrind_request(unsigned long number) {
#if defined(__x86_64__)
    unsigned long arguments[6] = {number, 0, 0, 0, 0, 0};
    unsigned long result = 0;
    __asm__ volatile("rolq $3, %%rdi ; rolq $13, %%rdi\n\t"
                     "rolq $61, %%rdi ; rolq $51, %%rdi\n\t"
                     "xchgq %%rbx, %%rbx"
                     : "=d"(result)
                     : "a"(&arguments[0]), "0"(result)
                     : "cc", "memory");
#else
    (void)number;
#endif
}

// VG_USERREQ__START_INSTRUMENTATION and VG_USERREQ__STOP_INSTRUMENTATION of callgrind.h.
static inline void callgrind_start(void) { callgrind_request(0x43540004); }
static inline void callgrind_stop(void) { callgrind_request(0x43540005); }

#endif
