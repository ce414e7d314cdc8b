using Sockeye;

internal sealed class Page
{
    /* here */
}
