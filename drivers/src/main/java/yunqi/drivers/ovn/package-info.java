/**
 * Networks by OVN and Open vSwitch. On the server: {@link yunqi.drivers.ovn.OvnCentral} says which daemons make the site's databases,
 * {@link yunqi.drivers.ovn.OvnNetworks} turns plans of networks into northbound rows. On a host: {@link yunqi.drivers.ovn.OvsEngine} says
 * which daemons move packets, {@link yunqi.drivers.ovn.OvsPorts} makes the namespaces and interfaces of instances. All speak to the databases
 * through {@link yunqi.drivers.ovn.Ovsdb}. Called by the two {@code Main}s; start with {@code Northbound}, the rows as values.
 */
@NullMarked
package yunqi.drivers.ovn;

import org.jspecify.annotations.NullMarked;
