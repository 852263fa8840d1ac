// What Swift's Glibc module leaves out and the gateway's event loops need.
#ifndef DISCORDCTL_CEPOLL_SHIM_H
#define DISCORDCTL_CEPOLL_SHIM_H
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

// These hide behind _GNU_SOURCE, which the importer may have fixed before this header is read.
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);

#endif
