# SPDX-License-Identifier: GPL-2.0-only
# What the guest has to test on, without any engine.
. /guest/lib.sh

for module in virtio_blk vhost_vdpa vduse vdpa_sim_blk vp_vdpa vfio_pci vfio_iommu_type1; do modprobe $module || echo NO $module; done
bind vfio-pci 0000:00:10.0
bind vp-vdpa 0000:00:12.0
vdpa mgmtdev show
vdpa dev add name blk0 mgmtdev vdpasim_blk
vdpa dev add name vp0 mgmtdev pci/0000:00:12.0
ls -l /dev/vhost* /dev/vd* /dev/vfio
for f in /sys/bus/pci/devices/*; do echo $f $(cat $f/vendor $f/device) $(readlink $f/iommu_group) $(readlink $f/driver); done
ls /root
ldd ./libfio_vblk.so ./vblk-info
fio --version
sleep 5
echo host: device_del pulled
sleep 7
ls /sys/bus/pci/devices
cat /proc/uptime
exit 3
