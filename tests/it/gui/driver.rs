//! A board whose driver cannot be used: the installation is offered, and its end is shown.

use upfuse::simulator::Board;

use super::bench::Bench;

#[test]
fn the_installation_of_the_driver_is_offered_and_its_end_is_shown() {
    let mut bench = Bench::new(vec![Board::by_name("f407-wrong-driver").unwrap()]);
    bench.assert_shows("is bound to DfuSe's driver (STTub30)");
    bench.click("Install the driver…");
    // On Windows as well: nobody is asked for administrator rights for a simulated board.
    bench.wait_for_text("No driver was installed: the board is simulated");
    // The steps by hand stay in view.
    bench.assert_shows("By hand: in Device Manager");
}
