// What Swift's Glibc module leaves out and the gateway's event loops need.
#ifndef DISCORDCTL_CEPOLL_SHIM_H
#define DISCORDCTL_CEPOLL_SHIM_H
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

// These hide behind _GNU_SOURCE. It is not defined here: it changes the members of `fd_set`, and a type must look the
// same in every module that has it.
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);
long syscall(long number, ...);

// send(2) that is no cancellation point: in a process of several threads libc's has two atomic exchanges around every call, and nobody
// cancels a loop's thread.
static inline ssize_t send_uncancelled(int socket, const void *bytes, size_t count, int flags) {
    return syscall(SYS_sendto, socket, bytes, count, flags, (void *)0, 0);
}

#endif
