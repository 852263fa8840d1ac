// What Swift's Glibc module leaves out and the gateway's event loops need.
#ifndef DISCORDCTL_CEPOLL_SHIM_H
#define DISCORDCTL_CEPOLL_SHIM_H
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

// These hide behind _GNU_SOURCE. It is not defined here: it changes the members of `fd_set`, and a type must look the
// same in every module that has it.
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);

#endif
