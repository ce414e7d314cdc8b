namespace Sockeye;

/// <summary>How far a word is from another one, for hints at what somebody meant. A part of each project that gives such hints, each by its own measure of what is near.</summary>
internal static class EditDistance
{
    /// <summary>Letters to put in, to leave out, to change, or to swap with their neighbour; case aside. It takes as long as the product of both lengths.</summary>
    /// <param name="a">A word.</param>
    /// <param name="b">Another one.</param>
    public static int Of(string a, string b)
    {
        (a, b) = (a.ToUpperInvariant(), b.ToUpperInvariant());
        int[] row = [.. Enumerable.Range(0, b.Length + 1)], above = new int[b.Length + 1], twoAbove = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            (row, above, twoAbove) = (twoAbove, row, above);
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], twoAbove[j - 2] + 1);
                }
            }
        }

        return row[b.Length];
    }
}
