/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of all kinds of transport.
 *
 * To add a kind, create a folder next to this file that defines a struct transport_ops, add a line
 * to the list, and add the sources to Makefile.am.
 */
#ifndef VHOST_TRANSPORT_KINDS_H
#define VHOST_TRANSPORT_KINDS_H

/*
 * X(identifier, struct transport_ops, name for vblk_transport=, help text). Messages list the kinds
 * in this order.
 */
#define TRANSPORT_KINDS(X)                                                                  \
	X(VHOST_USER, vhost_user_ops, "vhost-user", "vhost-user socket")                    \
	X(VHOST_VDPA, vhost_vdpa_ops, "vhost-vdpa", "vhost-vdpa device, /dev/vhost-vdpa-N") \
	X(VFIO_PCI, vfio_pci_ops, "vfio-pci", "PCI function of vfio-pci, 0000\\:01\\:00.0")

#define TRANSPORT_KIND_ID(id, ops, name, help) TRANSPORT_##id,

/**
 * enum transport_kind - kind of transport: TRANSPORT_ and an identifier from the list
 * @TRANSPORT_ANY: any kind; the file of the device decides
 */
enum transport_kind { TRANSPORT_ANY, TRANSPORT_KINDS(TRANSPORT_KIND_ID) };

#undef TRANSPORT_KIND_ID

#endif
